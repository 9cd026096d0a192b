import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLog } from '../../../src/core/log.ts';
import { openStorage } from '../../../src/storage/storage.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { LEDGER_DAY, LEDGER_START, intentRow } from '../../support/intent-rows.ts';
import { startPostgres } from '../../support/postgres.ts';
import type { TestPostgres } from '../../support/postgres.ts';

let postgres: TestPostgres;
const replicas: Storage[] = [];

/** A server whose transactions see, unless told otherwise, the state from when they began. */
beforeAll(async () => {
  postgres = await startPostgres();
  const options = encodeURIComponent('-c default_transaction_isolation=repeatable\\ read');
  const databaseUrl = await postgres.freshDatabase();
  const strict = `${databaseUrl}${databaseUrl.includes('?') ? '&' : '?'}options=${options}`;
  for (let at = 0; at < 2; at += 1) {
    replicas.push(
      await openStorage({
        databaseUrl: strict,
        dataDir: '/nowhere',
        auditKey: Buffer.alloc(32, 7),
        clock: systemClock,
        log: silentLog,
      }),
    );
  }
});
afterAll(async () => {
  for (const replica of replicas) await replica.close();
  await postgres?.stop();
});

describe('a PostgreSQL server of stricter isolation', () => {
  it('changes nothing: two replicas that race for the last place do not both win it', async () => {
    const query = { day: LEDGER_DAY, minuteSince: LEDGER_START, askedDigest: '', repeatSince: Infinity };
    const [one, two] = replicas.map(({ ledger }) => ledger.of('a'));
    if (one === undefined || two === undefined) throw new Error('There should be two replicas');
    const takes = Array.from({ length: 40 }, (_, at) =>
      (at % 2 === 0 ? one : two).transact(async (tx) => {
        const { inDay } = await tx.usage({ ...query, repeatSince: LEDGER_START + 1 });
        if (inDay >= 5) return false;
        await tx.insert(intentRow('a', `intent-${at}`));
        return true;
      }),
    );
    const won = (await Promise.all(takes)).filter((isTaken) => isTaken);
    expect(won).toHaveLength(5);
  });
});
