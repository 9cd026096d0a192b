import { describe, expect, it } from 'vitest';
import type { AccountEntry, OrderState } from '../../../src/broker/model/account-event.ts';
import { accountNumber } from '../../../src/broker/model/symbol.ts';
import { epochMs } from '../../../src/core/clock.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { silentLog } from '../../../src/core/log.ts';
import { createOrderEar } from '../../../src/orders/settle/order-ear.ts';
import { createSettler } from '../../../src/orders/settle/settler.ts';
import { createFakeBroker } from '../../support/fake-broker.ts';
import { intentRow } from '../../support/intent-rows.ts';
import { MANUAL_CLOCK_START, createManualClock } from '../../support/manual-clock.ts';
import { createMemoryLedger } from '../../support/memory-ledger.ts';
import { placedOrder } from '../../support/placed-orders.ts';

const ID = '00000000-0000-4000-8000-000000000001';

/** An order that left at the start, of which nothing is known, and a settler that hears the broker. */
async function scene() {
  const clock = createManualClock();
  const fake = createFakeBroker({ clock });
  const ledger = createMemoryLedger();
  const own = ledger.of('t');
  const at = MANUAL_CLOCK_START;
  const row = { state: 'sending', createdAt: at, updatedAt: at, sentAt: at, sendBy: at + 5000, lookAt: at } as const;
  await own.transact((tx) => tx.insert(intentRow('t', ID, row)));
  const listeners = new Map<string, Set<(entry: AccountEntry) => void>>();
  const eventsOf = (tenantId: string) => ({
    async follow(listener: (entry: AccountEntry) => void) {
      const heard = listeners.get(tenantId) ?? new Set();
      listeners.set(tenantId, heard.add(listener));
      return () => void heard.delete(listener);
    },
    after: async () => ({ entries: [], isCut: false }),
  });
  const ear = createOrderEar({ store: ledger, eventsOf, clock, log: silentLog });
  const login = { isDown: false };
  const settler = createSettler({
    store: ledger,
    async openBroker() {
      if (login.isDown) throw new GatewayError('broker_unavailable', 'Down.');
      return fake.broker;
    },
    clock,
    log: silentLog,
    onUnsettled: ear.listenFor,
  });
  const tell = (externalId: string): void => {
    const { legs: _legs, ...order } = placedOrder('1001', { externalId });
    const state: OrderState = { ...order, legs: [] };
    const event = { kind: 'order', account: accountNumber('5WT00001'), at: epochMs(at), order: state } as const;
    for (const listener of listeners.get('t') ?? []) listener({ id: '1-0', event });
  };
  const following = () => [...listeners.values()].reduce((total, { size }) => total + size, 0);
  const stateNow = async () => (await own.intent(ID))?.state;
  return { ...fake, login, clock, ear, settler, tell, following, stateNow, own };
}

describe('an order that was left unknown', () => {
  it('is looked for at once when the broker tells of it', async () => {
    const { login, clock, state, settler, tell, following, stateNow } = await scene();
    login.isDown = true;
    // By now it is looked for every minute.
    await clock.advance(70_000);
    expect([await stateNow(), following()]).toEqual(['unknown', 1]);
    login.isDown = false;
    state.orders.push(placedOrder('1001', { externalId: ID }));
    tell(ID);
    await clock.advance(2000);
    expect(await stateNow()).toBe('settled');
    await settler.close();
  });

  it('is not looked for when another one is told of', async () => {
    const { login, clock, settler, tell, own } = await scene();
    login.isDown = true;
    await clock.advance(70_000);
    const before = (await own.intent(ID))?.lookAt;
    tell('somebody-else');
    await clock.advance(1);
    expect((await own.intent(ID))?.lookAt).toBe(before);
    await settler.close();
  });

  it('is listened for as long as it may still come, by one listener', async () => {
    const { clock, state, ear, settler, following, stateNow } = await scene();
    await clock.advance(30_000);
    expect(following()).toBe(1);
    state.orders.push(placedOrder('1001', { externalId: ID }));
    await clock.advance(30_000);
    expect(await stateNow()).toBe('settled');
    await clock.advance(130_000);
    expect(following()).toBe(0);
    ear.listenFor({ tenantId: 't', id: ID });
    await clock.advance(1);
    expect(following()).toBe(1);
    ear.close();
    ear.close();
    await clock.advance(1);
    expect(following()).toBe(0);
    await settler.close();
  });
});
