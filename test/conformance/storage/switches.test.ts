import { describe, expect, it } from 'vitest';
import { epochMs } from '../../../src/core/clock.ts';
import type { AuditStore } from '../../../src/storage/stores/audit-store.ts';
import type { CancelRequest } from '../../../src/storage/stores/cancel-requests.ts';
import type { SwitchRow } from '../../../src/storage/stores/ledger-store.ts';
import { useStorageKinds } from '../../support/storage-kinds.ts';

const { kinds, opened } = useStorageKinds();

const at = 1_795_000_000_000;
const LEASE_MS = 1000;

const stop = (scope: string, changes: Partial<SwitchRow> = {}): SwitchRow => ({
  scope,
  isOn: 1,
  reason: 'enough',
  by: 'cli:alice',
  at,
  ...changes,
});

const wish = (id: string, changes: Partial<CancelRequest> = {}): CancelRequest => ({
  id,
  scope: 'a',
  tenantId: 'a',
  account: null,
  symbol: null,
  reason: 'enough',
  by: 'cli:alice',
  createdAt: at,
  ...changes,
});

async function entries(audit: AuditStore, chain: string): Promise<unknown[]> {
  expect((await audit.verify(chain)).fault).toBeUndefined();
  return (await audit.read(chain, 0, 99)).map(({ body }) => JSON.parse(body) as unknown);
}

describe.each(kinds)('switches on $name', ({ fresh }) => {
  it('keeps the last state of each scope, and every change of it in the audit of whom it is about', async () => {
    const { switches, audit } = await opened(await fresh());
    expect(await switches.list()).toEqual([]);
    await switches.set(stop('a'));
    await switches.set(stop('global', { by: 'https://issuer.test bob', reason: 'drill' }));
    const off = stop('a', { isOn: 0, reason: 'calm', by: 'cli:bob', at: at + 1 });
    await switches.set(off);
    expect(await switches.list()).toEqual([off, stop('global', { by: 'https://issuer.test bob', reason: 'drill' })]);
    expect(await audit.chains()).toEqual(['a', 'gateway']);
    expect(await entries(audit, 'a')).toEqual([
      { at, kind: 'switch', what: 'trading stopped', scope: 'a', reason: 'enough', by: 'cli:alice' },
      { at: at + 1, kind: 'switch', what: 'trading goes on', scope: 'a', reason: 'calm', by: 'cli:bob' },
    ]);
    expect(await entries(audit, 'gateway')).toEqual([
      { at, kind: 'switch', what: 'trading stopped', scope: 'global', reason: 'drill', by: 'https://issuer.test bob' },
    ]);
  });

  it('is seen by every process at once, and after a restart', async () => {
    const options = await fresh();
    const [one, two] = [await opened(options), await opened(options)];
    await one.switches.set(stop('global'));
    expect(await two.ledger.of('a').transact((tx) => tx.stops())).toEqual([stop('global')]);
    await one.close();
    expect(await (await opened(options)).ledger.of('b').transact((tx) => tx.stops())).toEqual([stop('global')]);
  });

  it('is set also when somebody has spoilt the audit', async () => {
    const { switches, audit, database } = await opened(await fresh());
    await switches.set(stop('a', { isOn: 0 }));
    await database.run((db) => db.updateTable('auditHeads').set({ seal: 'forged' }).execute());
    await switches.set(stop('a'));
    expect(await switches.list()).toEqual([stop('a')]);
    expect((await audit.verify('a')).fault).toBeDefined();
  });
});

describe.each(kinds)('requests to cancel on $name', ({ fresh }) => {
  it('come back as they were made', async () => {
    const { switches } = await opened(await fresh());
    const full = wish('r', { account: '5WT00001', symbol: 'BRK/B' });
    await switches.request(full);
    expect(await switches.get('r')).toEqual({ ...full, claimedUntil: null, doneAt: null, result: null });
    expect(await switches.get('s')).toBeUndefined();
  });

  it('are given out oldest first, each to one, and again when it was not finished in time', async () => {
    const { switches } = await opened(await fresh());
    expect(await switches.claim(epochMs(at), LEASE_MS)).toBeUndefined();
    await switches.request(wish('late', { createdAt: at + 1 }));
    await switches.request(wish('early', { scope: 'global', tenantId: null }));
    const claimed = async (now: number): Promise<string | undefined> =>
      (await switches.claim(epochMs(now), LEASE_MS))?.id;
    expect(await claimed(at + 2)).toBe('early');
    expect(await switches.get('early')).toMatchObject({ claimedUntil: at + 2 + LEASE_MS });
    expect(await claimed(at + 3)).toBe('late');
    expect(await claimed(at + 4)).toBeUndefined();
    expect(await claimed(at + 1 + LEASE_MS)).toBeUndefined();
    expect(await claimed(at + 2 + LEASE_MS)).toBe('early');
    expect(await switches.finish('late', 'cancelled 2 of 2', epochMs(at + 9))).toBe(true);
    expect(await claimed(at + 3 + LEASE_MS)).toBeUndefined();
    expect(await claimed(at + 2 + 2 * LEASE_MS)).toBe('early');
  });

  it('are carried out by one of many who ask at once', async () => {
    const options = await fresh();
    const [one, two] = [await opened(options), await opened(options)];
    for (const id of ['x', 'y', 'z']) await one.switches.request(wish(id));
    const claims = Array.from({ length: 20 }, (_, turn) =>
      (turn % 2 === 0 ? one : two).switches.claim(epochMs(at), LEASE_MS),
    );
    const ids = (await Promise.all(claims)).flatMap((row) => (row === undefined ? [] : [row.id]));
    expect(ids.toSorted()).toEqual(['x', 'y', 'z']);
  });

  it('end once, with the first result, and are audited when asked and when done', async () => {
    const { switches, audit } = await opened(await fresh());
    await switches.request(wish('r', { scope: 'global', tenantId: null, symbol: 'SPY' }));
    expect(await switches.finish('r', 'cancelled 2 of 3', epochMs(at + 5))).toBe(true);
    expect(await switches.finish('r', 'cancelled 0 of 0', epochMs(at + 6))).toBe(false);
    expect(await switches.finish('s', 'cancelled 0 of 0', epochMs(at + 6))).toBe(false);
    expect(await switches.get('r')).toMatchObject({ doneAt: at + 5, result: 'cancelled 2 of 3' });
    const about = { kind: 'switch', request: 'r', scope: 'global', tenantId: null, account: null, symbol: 'SPY' };
    expect(await entries(audit, 'gateway')).toEqual([
      { ...about, at, what: 'cancel all asked', reason: 'enough', by: 'cli:alice' },
      { ...about, at: at + 5, what: 'cancel all done', reason: 'enough', result: 'cancelled 2 of 3' },
    ]);
  });
});
