import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { StreamObserver } from './stream-bytes.ts';

/**
 * Ends a connection whose client has taken nothing of what lies ready for it during `stallMs`, whatever answer that is. Node tells of
 * connections on which nothing has moved for so long; one that waits for a call's answer is among them, and is left alone.
 */
export function registerStalledSockets(app: FastifyInstance, stallMs: number, observer: StreamObserver): void {
  const busy = new WeakSet<Socket>();
  app.server.setTimeout(stallMs, (socket: Socket) => {
    const isStalled = socket.writableLength > 0;
    if (isStalled) observer.stalled('time');
    if (isStalled || !busy.has(socket)) socket.destroy();
  });
  app.server.on('request', ({ socket }, response) => {
    busy.add(socket);
    response.once('close', () => busy.delete(socket));
  });
}
