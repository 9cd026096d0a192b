import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import { createSingleFlight } from '../core/single-flight.ts';
import type { RedisConnection } from '../redis/connect.ts';

/** Proof, from a moment ago, that what replicas share can be reached. */
export type OrderProof = {
  /** Throws `coordination_unavailable` within a fifth of a second: an order would be refused later on anyway. */
  check(): Promise<void>;
};

const FRESH_MS = 100;

export function createOrderProof(redis: Pick<RedisConnection, 'ask' | 'isAway'>, clock: Clock): OrderProof {
  let provenAtMs = Number.NEGATIVE_INFINITY;
  const once = createSingleFlight<void>();

  async function prove(): Promise<void> {
    const askedMs = clock.monotonicMs();
    await redis.ask((client) => client.ping());
    provenAtMs = askedMs;
  }

  return {
    async check() {
      if (!redis.isAway && clock.monotonicMs() - provenAtMs <= FRESH_MS) return;
      await once('proof', prove).catch((cause: unknown) => {
        throw orderRefused(cause);
      });
    },
  };
}

function orderRefused(cause: unknown): GatewayError {
  return new GatewayError(
    'coordination_unavailable',
    'No order can be placed at the moment: the gateway cannot reach what its replicas share. Nothing was sent.',
    {
      cause,
      advice: 'Ask again in a few seconds. Orders can still be cancelled, and everything can be read.',
      retryAfterMs: 5000,
    },
  );
}
