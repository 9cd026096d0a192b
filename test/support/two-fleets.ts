import { systemClock } from '../../src/core/clock.ts';
import { systemIds } from '../../src/core/ids.ts';
import { type Fleet, createFleet } from '../../src/fleet/fleet.ts';
import { twoRedis } from './two-redis.ts';

export type TwoFleets = readonly [Fleet, Fleet];

/** What replicas share, once within this process and once over the Redis of this run, for the tests of one file. */
export function fleetKinds(): [string, () => TwoFleets][] {
  const redis = twoRedis();
  return [
    [
      'in process',
      () => {
        const fleet = createFleet({ clock: systemClock, ids: systemIds });
        // Another replica, as far as anybody can tell, over the same shelves, records and channels.
        return [fleet, { ...fleet, replica: systemIds.uuid() }];
      },
    ],
    [
      'over Redis',
      () => {
        const [one, other] = redis().map((connection) =>
          createFleet({ redis: connection, clock: systemClock, ids: systemIds }),
        );
        if (one === undefined || other === undefined) throw new Error('There are two connections');
        return [one, other];
      },
    ],
  ];
}
