import { beforeEach, describe, expect, it } from 'vitest';
import { epochMs } from '../../../src/core/clock.ts';
import type { AuditEntry } from '../../../src/storage/stores/audit-store.ts';
import type { LedgerStore, LedgerTx, SwitchRow, UsageQuery } from '../../../src/storage/stores/ledger-store.ts';
import { confirmationRow, intentRow, LEDGER_DAY as day, LEDGER_START as at } from '../../support/intent-rows.ts';
import { createMemoryLedger } from '../../support/memory-ledger.ts';
import { useStorageKinds } from '../../support/storage-kinds.ts';

const { kinds, opened } = useStorageKinds();

/** A ledger under test, seen by two processes. */
type Ledger = {
  readonly one: LedgerStore;
  readonly two: LedgerStore;
  setStop(row: SwitchRow): Promise<void>;
  entries(tenantId: string): Promise<readonly AuditEntry[]>;
};

const overSql = (fresh: (typeof kinds)[number]['fresh']) => async (): Promise<Ledger> => {
  const options = await fresh();
  const [one, two] = [await opened(options), await opened(options)];
  return {
    one: one.ledger,
    two: two.ledger,
    setStop: (row) => two.switches.set(row),
    async entries(tenantId) {
      const records = await two.audit.read(tenantId, 0, 10_000);
      expect(await two.audit.verify(tenantId)).toMatchObject({ records: records.length });
      return records.map(({ body }) => JSON.parse(body) as AuditEntry).filter(({ kind }) => kind === 'order');
    },
  };
};

const inMemory = async (): Promise<Ledger> => {
  const memory = createMemoryLedger();
  return {
    one: memory.as('one'),
    two: memory.as('two'),
    setStop: async (row) => memory.setStop(row),
    entries: async (tenantId) => memory.auditEntries(tenantId),
  };
};

const IMPLEMENTATIONS = [
  { name: 'memory', make: inMemory, hasOneWriter: false },
  ...kinds.map(({ name, fresh }) => ({ name, make: overSql(fresh), hasOneWriter: name === 'SQLite' })),
];

const query = (changes: Partial<UsageQuery> = {}): UsageQuery => ({
  day,
  minuteSince: at,
  askedDigest: 'asked',
  repeatSince: at,
  ...changes,
});

const entry = (what: string): AuditEntry => ({ at, kind: 'order', what });

describe.each(IMPLEMENTATIONS)('the ledger in $name', ({ make, hasOneWriter }) => {
  let ledger: Ledger;
  beforeEach(async () => {
    ledger = await make();
  });
  const write = (tenantId: string, work: (tx: LedgerTx) => Promise<void>): Promise<void> =>
    ledger.one.of(tenantId).transact(work);

  it('gives an intent back as it was put in, exactly, inside and outside', async () => {
    const full = intentRow('a', 'one', {
      environment: 'live',
      state: 'unknown',
      clientOrderId: 'My order/é\u{1f4b8}',
      confirmationId: 'c',
      body: '{"price":"0.000000000000000001"}',
      targetId: '42',
      clientId: 'claude',
      isOpening: 0,
      exposure: '12345678901234567890.123456789',
      notional: '12345678901234567890.123456789',
      sentAt: at + 1,
      sendBy: at + 2,
      lookAt: at + 3,
      flaggedAt: at + 4,
      orderId: '9007199254740993',
      outcome: '{"status":"unknown"}',
      settlement: 'found',
    });
    await write('a', async (tx) => {
      await tx.insert(full);
      expect(await tx.intent('one')).toEqual(full);
      expect(await tx.byClientOrderId('My order/é\u{1f4b8}')).toEqual(full);
    });
    expect(await ledger.two.of('a').intent('one')).toEqual(full);
    expect(await ledger.two.of('a').byClientOrderId('My order/é\u{1f4b8}')).toEqual(full);
    expect(await ledger.two.of('a').byClientOrderId('my order/é\u{1f4b8}')).toBeUndefined();
    expect(await ledger.two.of('a').intent('two')).toBeUndefined();
  });

  it('changes what it is told and nothing else', async () => {
    await write('a', async (tx) => {
      await tx.insert(intentRow('a', 'one'));
      await tx.insert(intentRow('a', 'two'));
      await tx.update('one', { state: 'sending', sentAt: at, sendBy: at + 5, lookAt: at + 9, updatedAt: at + 1 });
      expect((await tx.intent('one'))?.state).toBe('sending');
    });
    const changes = { state: 'accepted', orderId: '7', outcome: '{}', lookAt: null, updatedAt: at + 2 } as const;
    await write('a', async (tx) => tx.update('one', changes));
    await write('a', async (tx) => tx.update('one', {}));
    const expected = intentRow('a', 'one', { sentAt: at, sendBy: at + 5, ...changes });
    expect(await ledger.two.of('a').intent('one')).toEqual(expected);
    expect(await ledger.two.of('a').intent('two')).toEqual(intentRow('a', 'two'));
  });

  it('keeps all of a step that ends well, and nothing of one that throws', async () => {
    await write('a', async (tx) => {
      await tx.insert(intentRow('a', 'one'));
      await tx.insertConfirmation(confirmationRow('a', 'c'));
      await tx.audit(entry('drafted'));
    });
    const failing = write('a', async (tx) => {
      await tx.update('one', { state: 'sending' });
      await tx.insert(intentRow('a', 'two', { clientOrderId: 'mine' }));
      await tx.spendConfirmation('c', 'two');
      await tx.insertConfirmation(confirmationRow('a', 'd'));
      await tx.audit(entry('sending'));
      throw new RangeError('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await ledger.two.of('a').list({ limit: 9 })).toEqual([intentRow('a', 'one')]);
    expect(await ledger.entries('a')).toEqual([entry('drafted')]);
    await write('a', async (tx) => {
      expect(await tx.confirmation('c')).toEqual(confirmationRow('a', 'c'));
      expect(await tx.confirmation('d')).toBeUndefined();
      await tx.insert(intentRow('a', 'two', { clientOrderId: 'mine' }));
    });
    expect((await ledger.two.of('a').byClientOrderId('mine'))?.id).toBe('two');
  });

  it('shows nobody what is not committed yet', async () => {
    const inside = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const writing = write('a', async (tx) => {
      await tx.insert(intentRow('a', 'one', { clientOrderId: 'mine', lookAt: at }));
      inside.resolve();
      await go.promise;
    });
    await inside.promise;
    expect(await ledger.two.of('a').intent('one')).toBeUndefined();
    expect(await ledger.two.of('a').byClientOrderId('mine')).toBeUndefined();
    expect(await ledger.two.of('a').list({ limit: 9 })).toEqual([]);
    expect(await ledger.two.due(epochMs(at), 9)).toEqual([]);
    go.resolve();
    await writing;
    expect((await ledger.two.of('a').intent('one'))?.clientOrderId).toBe('mine');
  });

  it('passes on what a step answers', async () => {
    expect(await ledger.one.of('a').transact(async () => 42)).toBe(42);
  });

  describe('a tenant', () => {
    beforeEach(async () => {
      await write('a', async (tx) => {
        await tx.insert(intentRow('a', 'one', { clientOrderId: 'mine', confirmationId: 'c', askedDigest: 'asked' }));
        await tx.insertConfirmation(confirmationRow('a', 'c'));
        await tx.audit(entry('drafted'));
      });
      await ledger.setStop({ scope: 'a', isOn: 1, reason: 'r', by: 'someone', at });
    });

    it("reads nothing of another one's", async () => {
      const other = ledger.two.of('b');
      expect(await other.intent('one')).toBeUndefined();
      expect(await other.byClientOrderId('mine')).toBeUndefined();
      expect(await other.list({ limit: 9 })).toEqual([]);
      await other.transact(async (tx) => {
        expect(await tx.intent('one')).toBeUndefined();
        expect(await tx.byClientOrderId('mine')).toBeUndefined();
        expect(await tx.confirmation('c')).toBeUndefined();
        expect(await tx.stops()).toEqual([]);
        expect(await tx.usage(query())).toEqual({ inMinute: 0, inDay: 0, notionals: [] });
      });
      expect(await ledger.entries('b')).toEqual([]);
    });

    it("changes nothing of another one's", async () => {
      const attempts: ((tx: LedgerTx) => Promise<void>)[] = [
        (tx) => tx.update('one', { state: 'settled' }),
        (tx) => tx.spendConfirmation('c', 'two'),
        (tx) => tx.insert(intentRow('a', 'two')),
        (tx) => tx.insert(intentRow('b', 'one')),
        (tx) => tx.insertConfirmation(confirmationRow('a', 'd')),
        (tx) => tx.insertConfirmation(confirmationRow('b', 'c')),
      ];
      for (const attempt of attempts) await expect(write('b', attempt)).rejects.toThrow(RangeError);
      expect((await ledger.two.of('a').list({ limit: 9 })).map(({ id, state }) => [id, state])).toEqual([
        ['one', 'drafted'],
      ]);
      expect(await ledger.two.of('b').list({ limit: 9 })).toEqual([]);
    });

    it('may use names that another one uses', async () => {
      await write('b', async (tx) => tx.insert(intentRow('b', 'two', { clientOrderId: 'mine' })));
      expect((await ledger.two.of('a').byClientOrderId('mine'))?.id).toBe('one');
      expect((await ledger.two.of('b').byClientOrderId('mine'))?.id).toBe('two');
    });
  });

  it.each([
    ['id', intentRow('a', 'one')],
    ['client order id', intentRow('a', 'two', { clientOrderId: 'mine' })],
    ['confirmation', intentRow('a', 'two', { confirmationId: 'c' })],
  ])('takes no second intent of one %s, in the same step or a later one', async (_, second) => {
    const first = intentRow('a', 'one', { clientOrderId: 'mine', confirmationId: 'c' });
    const both = write('a', async (tx) => {
      await tx.insert(first);
      await tx.insert(second);
    });
    await expect(both).rejects.toThrow(RangeError);
    expect(await ledger.two.of('a').list({ limit: 9 })).toEqual([]);
    await write('a', async (tx) => tx.insert(first));
    await expect(write('a', async (tx) => tx.insert(second))).rejects.toThrow(RangeError);
    expect(await ledger.two.of('a').list({ limit: 9 })).toEqual([first]);
  });

  it('lets many intents go without a name', async () => {
    await write('a', async (tx) => {
      for (const id of ['one', 'two', 'three']) await tx.insert(intentRow('a', id));
    });
    expect(await ledger.two.of('a').list({ limit: 9 })).toHaveLength(3);
  });

  it('refuses to change what is not there', async () => {
    await expect(write('a', async (tx) => tx.update('none', { state: 'settled' }))).rejects.toThrow(RangeError);
    await expect(write('a', async (tx) => tx.update('none', {}))).rejects.toThrow(RangeError);
    await expect(write('a', async (tx) => tx.spendConfirmation('none', 'one'))).rejects.toThrow(RangeError);
  });

  it('spends a confirmation once', async () => {
    const full = confirmationRow('a', 'c', { clientId: 'claude', targetId: '42', action: 'replace' });
    await write('a', async (tx) => {
      await tx.insertConfirmation(full);
      expect(await tx.confirmation('c')).toEqual(full);
      await expect(tx.insertConfirmation(full)).rejects.toThrow(RangeError);
    });
    const spend = async (intentId: string): Promise<string> => {
      try {
        await ledger[intentId === 'one' ? 'one' : 'two'].of('a').transact((tx) => tx.spendConfirmation('c', intentId));
        return intentId;
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        return 'refused';
      }
    };
    const ended = await Promise.all(['one', 'two', 'three'].map(spend));
    const winners = ended.filter((end) => end !== 'refused');
    expect(winners).toHaveLength(1);
    await write('a', async (tx) => {
      expect(await tx.confirmation('c')).toEqual({ ...full, usedBy: winners[0] });
    });
  });

  it('lets no two steps of one tenant overlap, in either process', async () => {
    await write('a', async (tx) => tx.insert(intentRow('a', 'count', { outcome: '0' })));
    const raise = (store: LedgerStore): Promise<void> =>
      store.of('a').transact(async (tx) => {
        const row = await tx.intent('count');
        await tx.update('count', { outcome: String(Number(row?.outcome) + 1) });
        await tx.audit(entry(`count ${Number(row?.outcome) + 1}`));
      });
    await Promise.all(Array.from({ length: 50 }, (_, turn) => raise(turn % 2 === 0 ? ledger.one : ledger.two)));
    expect((await ledger.one.of('a').intent('count'))?.outcome).toBe('50');
    const entries = await ledger.entries('a');
    expect(entries.map((row) => row['what'])).toEqual(Array.from({ length: 50 }, (_, turn) => `count ${turn + 1}`));
  });

  it('gives the last slot of a limit to one of two racing processes', async () => {
    const limit = 7;
    const take = (store: LedgerStore, id: string): Promise<boolean> =>
      store.of('a').transact(async (tx) => {
        const { inDay, notionals } = await tx.usage(query());
        if (inDay >= limit || notionals.length !== inDay) return false;
        await tx.insert(intentRow('a', id));
        return true;
      });
    const asked = Array.from({ length: 30 }, (_, turn) => take(turn % 2 === 0 ? ledger.one : ledger.two, `i${turn}`));
    const taken = (await Promise.all(asked)).filter(Boolean);
    expect(taken).toHaveLength(limit);
    expect(await ledger.two.of('a').list({ limit: 99 })).toHaveLength(limit);
  });

  it('gives one client order id to one of two racing processes', async () => {
    const place = (store: LedgerStore, id: string): Promise<string> =>
      store.of('a').transact(async (tx) => {
        const known = await tx.byClientOrderId('mine');
        if (known !== undefined) return known.id;
        await tx.insert(intentRow('a', id, { clientOrderId: 'mine' }));
        return id;
      });
    const asked = Array.from({ length: 20 }, (_, turn) => place(turn % 2 === 0 ? ledger.one : ledger.two, `i${turn}`));
    expect(new Set(await Promise.all(asked)).size).toBe(1);
    expect(await ledger.one.of('a').list({ limit: 99 })).toHaveLength(1);
  });

  it('lets another tenant go on meanwhile, where the database has more than one writer', async () => {
    const go = Promise.withResolvers<void>();
    const held = write('a', async () => go.promise);
    const other = ledger.one.of('b').transact(async (tx) => tx.insert(intentRow('b', 'one')));
    if (hasOneWriter) go.resolve();
    await other;
    go.resolve();
    await held;
    expect(await ledger.two.of('b').list({ limit: 9 })).toHaveLength(1);
  });

  it('counts what may have reached the broker, and nothing else', async () => {
    await write('a', async (tx) => {
      const rows = [
        intentRow('a', 'drafted', { notional: '1' }),
        intentRow('a', 'sending', { state: 'sending', notional: '2', action: 'replace' }),
        intentRow('a', 'accepted', { state: 'accepted', notional: '3', action: 'place-complex' }),
        intentRow('a', 'unknown', { state: 'unknown', notional: '4' }),
        intentRow('a', 'found', { state: 'settled', settlement: 'found', notional: '5' }),
        intentRow('a', 'by hand', { state: 'settled', settlement: 'by-hand', notional: '6' }),
        intentRow('a', 'closing', { state: 'accepted', isOpening: 0, notional: '0' }),
        // From here on they do not count.
        intentRow('a', 'absent', { state: 'settled', settlement: 'absent', notional: '7' }),
        intentRow('a', 'rejected', { state: 'rejected', notional: '8' }),
        intentRow('a', 'refused', { state: 'rejected', orderId: '9', notional: '9' }),
        intentRow('a', 'cancel', { action: 'cancel', state: 'accepted', notional: '10' }),
        intentRow('a', 'cancel complex', { action: 'cancel-complex', state: 'accepted', notional: '11' }),
      ];
      for (const row of rows) await tx.insert(row);
    });
    await ledger.two.of('a').transact(async (tx) => {
      const { inDay, inMinute, notionals, repeated } = await tx.usage(query());
      expect({ inDay, inMinute, repeated }).toEqual({ inDay: 7, inMinute: 7, repeated: undefined });
      expect(notionals.toSorted()).toEqual(['1', '2', '3', '4', '5', '6']);
    });
  });

  it('counts what the same step has written, and stops counting what turned out absent', async () => {
    await write('a', async (tx) => tx.insert(intentRow('a', 'one', { state: 'sending', askedDigest: 'asked' })));
    await write('a', async (tx) => {
      expect(await tx.usage(query())).toMatchObject({ inDay: 1, inMinute: 1, repeated: { id: 'one' } });
      await tx.update('one', { state: 'settled', settlement: 'absent' });
      expect(await tx.usage(query())).toEqual({ inDay: 0, inMinute: 0, notionals: [] });
      await tx.insert(intentRow('a', 'two', { askedDigest: 'asked', notional: '5' }));
      expect(await tx.usage(query())).toMatchObject({
        inDay: 1,
        inMinute: 1,
        notionals: ['5'],
        repeated: { id: 'two' },
      });
    });
    await ledger.two.of('a').transact(async (tx) => {
      expect(await tx.usage(query())).toMatchObject({ inDay: 1, notionals: ['5'], repeated: { id: 'two' } });
    });
  });

  it('counts a day by its name, a minute and a repeat by their first millisecond', async () => {
    await write('a', async (tx) => {
      await tx.insert(intentRow('a', 'early', { askedDigest: 'asked', createdAt: at - 1, day: 'yesterday' }));
      await tx.insert(intentRow('a', 'first', { askedDigest: 'asked' }));
      await tx.insert(intentRow('a', 'second', { askedDigest: 'asked', createdAt: at + 1 }));
      await tx.insert(intentRow('a', 'other', { createdAt: at + 2 }));
    });
    const usage = (changes: Partial<UsageQuery>) => ledger.two.of('a').transact((tx) => tx.usage(query(changes)));
    expect(await usage({})).toMatchObject({ inDay: 3, inMinute: 3, repeated: { id: 'second' } });
    expect(await usage({ day: 'yesterday', minuteSince: at - 1 })).toMatchObject({ inDay: 1, inMinute: 4 });
    expect(await usage({ minuteSince: at + 1, repeatSince: at + 1 })).toMatchObject({
      inMinute: 2,
      repeated: { id: 'second' },
    });
    expect(await usage({ repeatSince: at + 2, minuteSince: at + 3 })).toEqual({
      inDay: 3,
      inMinute: 0,
      notionals: ['100', '100', '100'],
    });
  });

  it('counts the orders of an account that are under way, or were until lately', async () => {
    const done = { state: 'accepted', updatedAt: at } as const;
    await write('a', async (tx) => {
      for (const state of ['drafted', 'sending', 'unknown'] as const) await tx.insert(intentRow('a', state, { state }));
      await tx.insert(intentRow('a', 'done', done));
      await tx.insert(intentRow('a', 'settled', { ...done, state: 'settled', settlement: 'found', updatedAt: at + 5 }));
      await tx.insert(intentRow('a', 'absent', { ...done, state: 'settled', settlement: 'absent', updatedAt: at + 5 }));
      await tx.insert(intentRow('a', 'rejected', { ...done, state: 'rejected', updatedAt: at + 5 }));
      await tx.insert(intentRow('a', 'cancel', { action: 'cancel', state: 'sending' }));
      await tx.insert(intentRow('a', 'elsewhere', { account: '5WT00002', state: 'sending' }));
    });
    await write('b', (tx) => tx.insert(intentRow('b', 'foreign', { state: 'sending' })));
    const underWay = (since: number) => ledger.two.of('a').transact((tx) => tx.underWay('5WT00001', since));
    expect(await underWay(at)).toBe(5);
    expect(await underWay(at + 1)).toBe(4);
    expect(await underWay(at + 6)).toBe(3);
    await ledger.one.of('a').transact(async (tx) => {
      await tx.update('drafted', { state: 'rejected' });
      expect(await tx.underWay('5WT00001', at + 6)).toBe(2);
    });
  });

  it('lists the newest first, and of the open ones only those', async () => {
    await write('a', async (tx) => {
      await tx.insert(intentRow('a', 'one', { createdAt: at + 1, state: 'accepted' }));
      await tx.insert(intentRow('a', 'three', { createdAt: at + 3, state: 'unknown', lookAt: at + 9 }));
      await tx.insert(intentRow('a', 'two', { createdAt: at + 2, state: 'unknown', flaggedAt: at + 60 }));
      await tx.insert(
        intentRow('a', 'four', { createdAt: at + 4, state: 'settled', settlement: 'by-hand', flaggedAt: at }),
      );
      await tx.insert(intentRow('a', 'five', { createdAt: at + 4, state: 'sending', lookAt: at + 2 }));
    });
    const ids = async (list: { limit: number; open?: boolean }): Promise<string[]> =>
      (await ledger.two.of('a').list(list)).map(({ id }) => id);
    expect(await ids({ limit: 9 })).toEqual(['four', 'five', 'three', 'two', 'one']);
    expect(await ids({ limit: 2 })).toEqual(['four', 'five']);
    expect(await ids({ limit: 9, open: true })).toEqual(['five', 'three', 'two']);
    expect(await ids({ limit: 1, open: true })).toEqual(['five']);
    expect(await ids({ limit: 9, open: false })).toHaveLength(5);
  });

  it('names what is due, of every tenant, the longest due first', async () => {
    const due = async (now: number, limit = 9): Promise<string[]> =>
      (await ledger.two.due(epochMs(now), limit)).map(({ tenantId, id }) => `${tenantId} ${id}`);
    await write('a', async (tx) => {
      await tx.insert(intentRow('a', 'late', { lookAt: at + 3 }));
      await tx.insert(intentRow('a', 'early', { lookAt: at + 1 }));
      await tx.insert(intentRow('a', 'never'));
    });
    await write('b', async (tx) => tx.insert(intentRow('b', 'middle', { lookAt: at + 2 })));
    expect(await due(at)).toEqual([]);
    expect(await due(at + 1)).toEqual(['a early']);
    expect(await due(at + 3)).toEqual(['a early', 'b middle', 'a late']);
    expect(await due(at + 3, 2)).toEqual(['a early', 'b middle']);
    await write('a', async (tx) => tx.update('early', { lookAt: at + 4 }));
    expect(await due(at + 4)).toEqual(['b middle', 'a late', 'a early']);
    await write('a', async (tx) => tx.update('early', { lookAt: null }));
    expect(await due(at + 4)).toEqual(['b middle', 'a late']);
  });

  it("tells of the tenant's own stop and of the global one, while they are on", async () => {
    const stops = (tenantId: string) => ledger.one.of(tenantId).transact((tx) => tx.stops());
    const stop = (scope: string, isOn: number): SwitchRow => ({ scope, isOn, reason: scope, by: 'someone', at });
    await ledger.setStop(stop('a', 1));
    await ledger.setStop(stop('b', 0));
    expect(await stops('a')).toEqual([stop('a', 1)]);
    expect(await stops('b')).toEqual([]);
    await ledger.setStop(stop('global', 1));
    expect(await stops('a')).toHaveLength(2);
    expect(await stops('a')).toEqual(expect.arrayContaining([stop('global', 1), stop('a', 1)]));
    expect(await stops('c')).toEqual([stop('global', 1)]);
    await ledger.setStop(stop('global', 0));
    await ledger.setStop(stop('a', 0));
    expect(await stops('a')).toEqual([]);
  });

  it('refuses what comes after its end', async () => {
    let kept: LedgerTx | undefined;
    await write('a', async (tx) => {
      kept = tx;
    });
    await expect(kept?.insert(intentRow('a', 'one'))).rejects.toThrow();
    expect(await ledger.one.of('a').list({ limit: 9 })).toEqual([]);
  });
});
