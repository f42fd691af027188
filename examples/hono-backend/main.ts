/** The backend beside `mooring dev`; the README shows how to run it. */
import { serve } from '@hono/node-server';
import { MooringClient } from '../../src/index.ts';
import { createBackend } from './app.ts';

const { fetch } = createBackend({
  mooring: await MooringClient.connect(),
  secrets: [process.env.EVENT_SECRET ?? ''],
  publicUrl: 'http://localhost:3000',
  authConfigId: 'ac_gmail',
  signedIn: () => 'user_123', // replace this with your session
  onConnected: async (userId, id) => void process.stdout.write(`${userId} is connected: ${id}\n`),
});
serve({ fetch, hostname: 'localhost', port: 3_000 });
