import type { FastifyReply } from 'fastify';

/**
 * Aborted when the client goes away before it has its whole answer.
 * Fastify's own `request.signal` will not do: it is aborted as soon as a POST's body has been read.
 */
export function hangUpSignal(reply: FastifyReply): AbortSignal {
  // It may have gone while it waited to be let in: that is told only once.
  if (reply.raw.destroyed) return AbortSignal.abort();
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
