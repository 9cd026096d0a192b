import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * Once the app closes, a connection ends with the answer it was busy with, and one that was never used at once.
 * Node itself closes only those that are idle at that moment between two requests, and would wait for the rest.
 */
export function registerClosing(app: FastifyInstance): void {
  const unused = new Set<Socket>();
  let isClosing = false;
  app.server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  app.server.on('request', ({ socket }) => unused.delete(socket));
  app.addHook('preClose', async () => {
    isClosing = true;
    for (const socket of unused) socket.destroy();
  });
  app.addHook('onResponse', async (request) => {
    if (isClosing) request.raw.socket.end();
  });
}
