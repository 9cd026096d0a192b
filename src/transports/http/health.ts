import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { GatewayError } from '../../core/errors.ts';

export type Readiness = {
  readonly ready: boolean;
  /** What was looked at, and how it is: `{ storage: 'ok', redis: 'failed' }`. Shown to anybody. */
  readonly checks: Readonly<Record<string, 'ok' | 'failed'>>;
};

export type HealthParts = {
  /** False from the moment the process means to stop: load balancers then send new requests elsewhere. */
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
  /** Where set, /metrics wants it as a bearer token. */
  readonly metricsToken?: string;
};

export function registerHealth(app: FastifyInstance, { readiness, metrics, metricsToken }: HealthParts): void {
  app.get('/livez', async (_, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }));
  app.get('/readyz', async (_, reply) => {
    const { ready, checks } = await readiness();
    const status = ready ? 'ready' : 'unavailable';
    return reply
      .code(ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status, checks });
  });
  app.get('/metrics', async ({ headers }, reply) => {
    if (metricsToken !== undefined && !isSame(headers.authorization ?? '', `Bearer ${metricsToken}`)) {
      throw new GatewayError('forbidden', 'The metrics want their own bearer token.', {
        advice: 'Send the METRICS_TOKEN of this gateway as a bearer token.',
      });
    }
    const { contentType, body } = await metrics();
    return reply.type(contentType).header('cache-control', 'no-store').send(body);
  });
}

const digest = (text: string): Uint8Array => createHash('sha256').update(text).digest();
const isSame = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));
