import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { createFleet } from '../../../src/fleet/fleet.ts';
import { createOnceOnly } from '../../../src/transports/mcp/once-only.ts';
import { fleetKinds } from '../../support/two-fleets.ts';
import { redisAway } from '../../support/two-redis.ts';

describe.each(fleetKinds())('once only %s', (_kind, create) => {
  it('lets a name of an owner through once, however many ask on however many replicas', async () => {
    const both = create().map(({ records }) => createOnceOnly({ records, clock: systemClock, ids: systemIds }));
    const [owner, name] = [randomUUID(), randomUUID()];
    const claims = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => both[n % 2]?.claim(owner, name, 60_000)),
    );
    expect(claims.filter((isFirst) => isFirst === true)).toHaveLength(1);
    expect(await both[0]?.claim(owner, randomUUID(), 60_000)).toBe(true);
    expect(await both[0]?.claim(randomUUID(), name, 60_000)).toBe(true);
  });
});

describe('once only over a shaky link', () => {
  it('knows its own claim again, though the answer to it was lost', async () => {
    const { records } = createFleet({ clock: systemClock, ids: systemIds });
    let lost = 1;
    const shaky = {
      get: records.get,
      async setOnce(...args: Parameters<typeof records.setOnce>) {
        const isFirst = await records.setOnce(...args);
        if (lost > 0) {
          lost -= 1;
          throw new GatewayError('coordination_unavailable', 'The answer was lost.');
        }
        return isFirst;
      },
    };
    const onceOnly = createOnceOnly({ records: shaky, clock: systemClock, ids: systemIds });
    expect(await onceOnly.claim('owner', 'name', 60_000)).toBe(true);
    expect(await onceOnly.claim('owner', 'name', 60_000)).toBe(false);
  });
});

describe('once only with Redis away', () => {
  it('lets nothing through', async () => {
    const redis = redisAway();
    const { records } = createFleet({ redis, clock: systemClock, ids: systemIds });
    await expect(
      createOnceOnly({ records, clock: systemClock, ids: systemIds }).claim('owner', 'name', 1000),
    ).rejects.toMatchObject({
      code: 'coordination_unavailable',
    });
    await redis.close();
  });
});
