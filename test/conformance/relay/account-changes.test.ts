import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AccountChange } from '../../../src/broker/model/account-change.ts';
import { accountNumber } from '../../../src/broker/model/symbol.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import { type Fleet, createFleet } from '../../../src/fleet/fleet.ts';
import { type ChangeRelay, createChangeRelay } from '../../../src/relay/account-changes.ts';
import { fleetKinds } from '../../support/two-fleets.ts';
import { redisAway } from '../../support/two-redis.ts';

const CHANGE: AccountChange = { account: accountNumber('5WT00001'), parts: ['orders'] };

const opened: ChangeRelay[] = [];
const relayOver = (fleet: Fleet): ChangeRelay => {
  const relay = createChangeRelay({ fleet, clock: systemClock, log: silentLog });
  opened.push(relay);
  return relay;
};
afterEach(() => opened.splice(0).forEach((relay) => relay.close()));

describe.each(fleetKinds())('account changes %s', (_kind, create) => {
  const both = (): [ChangeRelay, ChangeRelay] => {
    const [one, other] = create().map(relayOver);
    if (one === undefined || other === undefined) throw new Error('There are two');
    return [one, other];
  };

  it('are heard once by everybody who follows the tenant, on any replica, and by nobody else', async () => {
    const [one, other] = both();
    const [tenant, stranger] = [randomUUID(), randomUUID()];
    const heard: [AccountChange[], AccountChange[], AccountChange[]] = [[], [], []];
    await one.of(tenant).follow((change) => heard[0].push(change));
    await other.of(tenant).follow((change) => heard[1].push(change));
    await other.of(stranger).follow((change) => heard[2].push(change));
    one.tell(tenant, CHANGE);
    await vi.waitFor(() => expect(heard[1]).toEqual([CHANGE]));
    other.tell(tenant, CHANGE);
    await vi.waitFor(() => expect(heard[0]).toEqual([CHANGE, CHANGE]));
    expect(heard[1]).toEqual([CHANGE, CHANGE]);
    expect(heard[2]).toEqual([]);
  });

  it('are heard no more by whoever has left, and still by the others', async () => {
    const [one, other] = both();
    const tenant = randomUUID();
    const [stayed, gone]: [AccountChange[], AccountChange[]] = [[], []];
    const leave = await other.of(tenant).follow((change) => gone.push(change));
    await other.of(tenant).follow((change) => stayed.push(change));
    leave();
    leave();
    one.tell(tenant, CHANGE);
    await vi.waitFor(() => expect(stayed).toEqual([CHANGE]));
    expect(gone).toEqual([]);
  });
});

describe('account changes with Redis away', () => {
  it('are heard in this process, and telling them never fails', async () => {
    const redis = redisAway();
    const relay = relayOver(createFleet({ redis, clock: systemClock, ids: systemIds }));
    const heard: AccountChange[] = [];
    await relay.of('tenant').follow((change) => heard.push(change));
    relay.tell('tenant', CHANGE);
    relay.tell('elsewhere', CHANGE);
    expect(heard).toEqual([CHANGE]);
    await redis.close();
  });
});

describe('account changes after a break of the link', () => {
  it('may have been missed: whoever follows is told that anything may have changed', async () => {
    const [, over] = [0, createFleet({ clock: systemClock, ids: systemIds })];
    const gaps: (() => void)[] = [];
    const fleet: Fleet = {
      ...over,
      channels: {
        ...over.channels,
        async subscribe(name, listener) {
          if (listener.gap !== undefined) gaps.push(listener.gap);
          return over.channels.subscribe(name, listener);
        },
      },
    };
    const heard: AccountChange[] = [];
    await relayOver(fleet)
      .of('tenant')
      .follow((change) => heard.push(change));
    gaps.forEach((gap) => gap());
    expect(heard).toEqual([{ parts: ['positions', 'balances', 'orders'] }]);
    over.close();
  });
});
