import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Life } from './life.ts';

/**
 * While the process is ending, every answer is the last one on its connection, so that clients and proxies open their next
 * elsewhere. Once the app closes, a connection that was never used ends at once: Node itself closes only those that are idle
 * at that moment between two requests, and would wait for the rest.
 */
export function registerClosing(app: FastifyInstance, life: Life): void {
  const unused = new Set<Socket>();
  app.server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  app.server.on('request', ({ socket }) => unused.delete(socket));
  app.addHook('onSend', (_, reply, payload, done) => {
    if (life.isEnding) reply.header('connection', 'close');
    done(null, payload);
  });
  app.addHook('preClose', async () => {
    life.end();
    for (const socket of unused) socket.destroy();
  });
  app.addHook('onResponse', (request, _, done) => {
    if (life.isEnding) request.raw.socket.end();
    done();
  });
}
