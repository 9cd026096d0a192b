import type { FastifyInstance } from 'fastify';

/**
 * Once the app closes, a connection ends with the answer it was busy with. Node closes only those that are idle at
 * that moment, and would keep the others for as long as a client likes to keep them alive.
 */
export function registerClosing(app: FastifyInstance): void {
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  app.addHook('onResponse', async (request) => {
    if (isClosing) request.raw.socket.end();
  });
}
