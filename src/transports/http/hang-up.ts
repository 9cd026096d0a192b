import type { FastifyReply } from 'fastify';

/**
 * Aborted when the client goes away before it has its whole answer.
 * Fastify's own `request.signal` will not do: it is aborted as soon as a POST's body has been read.
 */
export function hangUpSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
