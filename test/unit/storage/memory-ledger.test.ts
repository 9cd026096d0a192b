import { describe, expect, it } from 'vitest';
import type { LedgerStore } from '../../../src/storage/stores/ledger-store.ts';
import { intentRow, LEDGER_DAY, LEDGER_START } from '../../support/intent-rows.ts';
import { createMemoryLedger } from '../../support/memory-ledger.ts';

const forever = (): Promise<void> => new Promise(() => {});
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const write = (store: LedgerStore, id: string): Promise<void> =>
  store.of('a').transact(async (tx) => {
    await tx.stops();
    await tx.insert(intentRow('a', id));
    await tx.audit({ at: LEDGER_START, kind: 'order' });
  });

const STEPS = ['begin', 'stops', 'insert', 'audit', 'commit', 'committed'];

describe('the ledger in memory', () => {
  it('gives a hook every step, with whose it is', async () => {
    const seen: string[] = [];
    const memory = createMemoryLedger({ before: async (step, owner) => void seen.push(`${owner} ${step}`) });
    await write(memory.as('p'), 'one');
    await memory.as('q').due(LEDGER_START as never, 1);
    await memory.of('a').intent('one');
    expect(seen).toEqual([...STEPS.map((step) => `p ${step}`), 'q due', 'test intent']);
  });

  it.each(STEPS)('keeps all or nothing of a process that ends before %s, and lets the next one in', async (at) => {
    const memory = createMemoryLedger({
      before: async (step, owner) => {
        if (owner === 'p' && step === at) await forever();
      },
    });
    let hasReturned = false;
    const ended = (): void => {
      hasReturned = true;
    };
    write(memory.as('p'), 'one').then(ended, ended);
    write(memory.as('p'), 'two').then(ended, ended);
    const other = write(memory.as('q'), 'three');
    await turn();
    const isKept = at === 'committed';
    expect(memory.all().map(({ id }) => id)).toEqual(isKept ? ['one', 'two', 'three'] : []);
    memory.kill('p');
    await other;
    await turn();
    expect(memory.all().map(({ id }) => id)).toEqual(isKept ? ['one', 'two', 'three'] : ['three']);
    expect(memory.auditEntries('a')).toHaveLength(isKept ? 3 : 1);
    expect(hasReturned).toBe(false);
  });

  it('answers nothing more to a process that ended, and everything to its next life', async () => {
    const memory = createMemoryLedger();
    const before = memory.as('p');
    await write(before, 'one');
    memory.kill('p');
    const answers: unknown[] = [];
    void before
      .of('a')
      .intent('one')
      .then((row) => answers.push(row));
    void write(before, 'two').then(() => answers.push('two'));
    void before.due(LEDGER_START as never, 1).then((rows) => answers.push(rows));
    await turn();
    expect(answers).toEqual([]);
    expect((await memory.as('p').of('a').intent('one'))?.id).toBe('one');
    await write(memory.as('p'), 'two');
    expect(memory.all().map(({ id }) => id)).toEqual(['one', 'two']);
  });

  it('undoes a step whose hook fails, and says so', async () => {
    let isBroken = true;
    const memory = createMemoryLedger({
      before: async (step) => {
        if (isBroken && step === 'commit') throw new RangeError('down');
      },
    });
    await expect(write(memory, 'one')).rejects.toThrow('down');
    expect(memory.all()).toEqual([]);
    isBroken = false;
    await write(memory, 'one');
    expect(memory.all()).toHaveLength(1);
  });

  it('lets one that was waiting go on when it was another one that ended', async () => {
    const memory = createMemoryLedger({
      before: async (step, owner) => {
        if (owner === 'p' && step === 'insert') await forever();
      },
    });
    void write(memory.as('q'), 'one');
    void write(memory.as('p'), 'two');
    const last = write(memory.as('q'), 'three');
    await turn();
    memory.kill('r');
    memory.kill('p');
    await last;
    expect(memory.all().map(({ id }) => id)).toEqual(['one', 'three']);
  });

  it('is as fast at the end of many intents as at their beginning', async () => {
    const memory = createMemoryLedger();
    const tenants = Array.from({ length: 50 }, (_, number) => memory.of(`t${number}`));
    const batch = async (from: number): Promise<number> => {
      const begun = performance.now();
      for (let count = from; count < from + 20_000; count += 1) {
        const place = count % 50;
        const day = `${LEDGER_DAY} ${Math.floor(count / 5000)}`;
        await tenants[place]?.transact(async (tx) => {
          const query = { day, minuteSince: LEDGER_START + count - 60, askedDigest: '', repeatSince: Infinity };
          await tx.usage(query);
          await tx.insert(intentRow(`t${place}`, `i${count}`, { day, createdAt: LEDGER_START + count }));
        });
      }
      return performance.now() - begun;
    };
    await batch(0);
    const early = await batch(20_000);
    await batch(40_000);
    await batch(60_000);
    const late = await batch(80_000);
    expect(late).toBeLessThan(early * 4 + 500);
    expect(memory.all()).toHaveLength(100_000);
  });
});
