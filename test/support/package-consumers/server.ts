/* A process of one's own that starts the parts of `mooring-server`. */
import { openGateway } from 'mooring-server/gateway';
import { startWorker } from 'mooring-server/worker';

async function main() {
  for (const start of [() => startWorker(), () => openGateway()]) {
    await start().then(
      (part) => part.stop(),
      (error: Error) => console.log(error.message),
    );
  }
}

void main();
