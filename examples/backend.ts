/**
 * The whole of a backend's part: one route that sends the user away, one that he comes back to.
 * Run it beside `mooring dev`, with the variables that it prints: `npx tsx examples/backend.ts`.
 */
import { createServer } from 'node:http';
import { MooringClient, MooringError } from '../src/client.ts';

const mooring = await MooringClient.connect();
const origin = 'http://localhost:3000';

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', origin);
  if (pathname === '/connect') {
    try {
      const asked = { userId: 'user_123', authConfigId: 'ac_gmail', returnUrl: `${origin}/done` };
      const { redirectUrl } = await mooring.connectUser(asked);
      response.writeHead(303, { location: redirectUrl ?? '/' }).end();
    } catch (error) {
      if (!(error instanceof MooringError)) throw error;
      response.writeHead(409).end(error.code);
    }
  } else if (pathname === '/done') {
    // What stands in the URL is for the page; what happened is asked of Mooring.
    const id = searchParams.get('mooring_connection') ?? 'user_123/ac_gmail';
    const { status, reason } = await mooring.connection(id).outcome({ timeoutMs: 10_000 });
    response.end(`${status} ${reason ?? ''}`);
  } else {
    response.writeHead(404).end();
  }
}).listen(3000);
