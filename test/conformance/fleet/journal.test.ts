import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import {
  type Following,
  JOURNAL_LENGTH,
  JOURNAL_START,
  type Journal,
  type JournalName,
  type NewEntry,
} from '../../../src/fleet/journal.ts';
import { createMemoryJournal } from '../../../src/fleet/memory-journal.ts';
import { createRedisJournal } from '../../../src/fleet/redis-journal.ts';
import type { RedisConnection } from '../../../src/redis/connect.ts';
import { redisAway, twoOnCluster, twoOnOwnRedis } from '../../support/two-redis.ts';

const redis = twoOnOwnRedis();
const cluster = twoOnCluster();
const opened: { stop(): void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.stop();
});

const implementations: [string, () => readonly [Journal, Journal]][] = [
  [
    'in process',
    () => {
      const journal = createMemoryJournal(systemClock);
      opened.push({ stop: () => journal.close() });
      return [journal, journal];
    },
  ],
  [
    'on Redis',
    () => {
      const [a, b] = redis();
      return [createRedisJournal(a, systemClock), createRedisJournal(b, systemClock)];
    },
  ],
  [
    'on a cluster',
    () => {
      const [a, b] = cluster();
      return [createRedisJournal(a, systemClock), createRedisJournal(b, systemClock)];
    },
  ],
];

const fresh = (): JournalName => ({ kind: 'events', owner: randomUUID() });
const entry = (key: string): NewEntry => ({ key, text: `text of ${key}` });
const numbered = (from: number, count: number): NewEntry[] =>
  Array.from({ length: count }, (_, n) => entry(String(from + n)));

type Heard = Following & { readonly keys: string[]; readonly cuts: () => number };

function follow(journal: Journal, name: JournalName, afterId?: string): Heard {
  const keys: string[] = [];
  let cuts = 0;
  const following = journal.follow(name, afterId, { entry: ({ key }) => keys.push(key), cut: () => (cuts += 1) });
  opened.push(following);
  return { ready: following.ready, stop: () => following.stop(), keys, cuts: () => cuts };
}

describe.each(implementations)('a journal %s', (_name, create) => {
  it('keeps what was appended, in order, for every replica', async () => {
    const [one, other] = create();
    const name = fresh();
    expect(await other.tail(name, 10)).toEqual([]);
    expect(await one.append(name, 5, [entry('a'), { key: 'é {} \n', text: 'été\n' }])).toEqual({
      kind: 'appended',
      told: 2,
      known: 0,
    });
    await one.append(name, 5, [entry('c')]);
    const kept = await other.tail(name, 10);
    expect(kept.map(({ key, text }) => [key, text])).toEqual([
      ['a', 'text of a'],
      ['é {} \n', 'été\n'],
      ['c', 'text of c'],
    ]);
    expect((await other.tail(name, 2)).map(({ key }) => key)).toEqual(['é {} \n', 'c']);
    expect(new Set(kept.map(({ id }) => id)).size).toBe(3);
  });

  it('drops an entry whose key was appended before, by whomever, and one that is repeated', async () => {
    const [one, other] = create();
    const name = fresh();
    await one.append(name, 5, [entry('a'), entry('b')]);
    expect(await other.append(name, 6, [entry('b'), entry('c'), entry('c'), entry('a')])).toEqual({
      kind: 'appended',
      told: 1,
      known: 3,
    });
    expect((await one.tail(name, 10)).map(({ key }) => key)).toEqual(['a', 'b', 'c']);
  });

  it('keeps the key alone of an entry without a text', async () => {
    const [one, other] = create();
    const name = fresh();
    await one.append(name, 5, [{ key: 'old' }, entry('new')]);
    expect(await other.append(name, 5, [entry('old')])).toMatchObject({ told: 0, known: 1 });
    expect((await one.tail(name, 10)).map(({ key }) => key)).toEqual(['new']);
  });

  it('refuses an epoch that is not the newest it has seen, and writes nothing of it', async () => {
    const [one, other] = create();
    const name = fresh();
    await one.append(name, 7, [entry('a')]);
    expect(await other.append(name, 8, [])).toMatchObject({ kind: 'appended' });
    expect(await one.append(name, 7, [entry('b')])).toEqual({ kind: 'refused', newest: 8 });
    expect(await one.append(name, 1_764_140_000_123, [entry('c')])).toMatchObject({ told: 1 });
    expect(await other.append(name, 1_764_140_000_122, [entry('d')])).toEqual({
      kind: 'refused',
      newest: 1_764_140_000_123,
    });
    expect((await one.tail(name, 10)).map(({ key }) => key)).toEqual(['a', 'c']);
  });

  it('tells what came after an entry, page by page', async () => {
    const [one, other] = create();
    const name = fresh();
    await one.append(name, 5, numbered(0, 25));
    const whole = await other.after(name, JOURNAL_START, 10);
    expect(whole.entries.map(({ key }) => key)).toEqual(numbered(0, 10).map(({ key }) => key));
    expect(whole).toMatchObject({ isCut: false, last: whole.entries[9]?.id });
    const rest = await other.after(name, whole.last, 100);
    expect(rest.entries.map(({ key }) => key)).toEqual(numbered(10, 15).map(({ key }) => key));
    expect(await other.after(name, rest.last, 10)).toEqual({ entries: [], isCut: false, last: rest.last });
  });

  it('is bounded, and says so to whoever asks from an entry that has gone', async () => {
    const [one, other] = create();
    const name = fresh();
    await one.append(name, 5, [entry('first')]);
    const { last } = await other.after(name, JOURNAL_START, 1);
    for (let at = 0; at < JOURNAL_LENGTH * 1.3; at += 500) await one.append(name, 5, numbered(at, 500));
    const page = await other.after(name, last, 5);
    expect(page.isCut).toBe(true);
    expect(page.entries).toHaveLength(5);
    const all = await other.tail(name, JOURNAL_LENGTH * 2);
    expect(all.length).toBeGreaterThanOrEqual(JOURNAL_LENGTH);
    expect(all.length).toBeLessThan(JOURNAL_LENGTH * 1.2);
    expect(await other.after(fresh(), last, 5)).toEqual({ entries: [], isCut: true, last: JOURNAL_START });
  });

  it('tells its followers everything from when they are ready, in order, while others append', async () => {
    const [one, other] = create();
    const name = fresh();
    await one.append(name, 5, [entry('before')]);
    const [here, there] = [follow(one, name), follow(other, name)];
    await Promise.all([here.ready, there.ready]);
    for (let at = 0; at < 1000; at += 10) void one.append(name, 5, numbered(at, 10));
    const expected = numbered(0, 1000).map(({ key }) => key);
    await vi.waitFor(() => expect(here.keys).toHaveLength(1000), { timeout: 10_000 });
    await vi.waitFor(() => expect(there.keys).toHaveLength(1000), { timeout: 10_000 });
    expect(here.keys).toEqual(expected);
    expect(there.keys).toEqual(expected);
    expect(here.cuts() + there.cuts()).toBe(0);
  });

  it('goes on for a follower from the entry that it names, and stops when told', async () => {
    const [one, other] = create();
    const name = fresh();
    await one.append(name, 5, numbered(0, 450));
    const [first] = (await one.after(name, JOURNAL_START, 1)).entries;
    const heard = follow(other, name, first?.id);
    await vi.waitFor(() => expect(heard.keys).toHaveLength(449));
    heard.stop();
    const witness = follow(other, name);
    await witness.ready;
    await one.append(name, 5, [entry('after')]);
    await vi.waitFor(() => expect(witness.keys).toEqual(['after']));
    expect(heard.keys).toEqual(numbered(1, 449).map(({ key }) => key));
  });

  it('keeps kinds and owners apart, whatever their names hold', async () => {
    const [one, other] = create();
    const { owner } = fresh();
    const heard = follow(other, { kind: 'events', owner });
    await heard.ready;
    await one.append({ kind: 'alerts', owner }, 9, [entry('another kind')]);
    await one.append({ kind: 'events', owner: `${owner}}:events` }, 9, [entry('another owner')]);
    await one.append({ kind: 'events', owner }, 5, [entry('mine')]);
    await vi.waitFor(() => expect(heard.keys).toEqual(['mine']));
    expect((await one.tail({ kind: 'events', owner }, 10)).map(({ key }) => key)).toEqual(['mine']);
  });
});

describe('a journal on Redis', () => {
  it('tells a follower whose link was cut all that came meanwhile, once', async () => {
    const [connection, other] = redis();
    const name = fresh();
    const heard = follow(createRedisJournal(connection, systemClock), name);
    await heard.ready;
    const journal = createRedisJournal(other, systemClock);
    for (let at = 0; at < 300; at += 10) {
      if (at % 100 === 0) await other.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await journal.append(name, 5, numbered(at, 10));
    }
    await vi.waitFor(() => expect(heard.keys).toEqual(numbered(0, 300).map(({ key }) => key)), { timeout: 10_000 });
    expect(heard.cuts()).toBe(0);
  });

  it('says to a follower that something may be missing when the store has forgotten, and goes on', async () => {
    const [connection, other] = redis();
    const name = fresh();
    const journal = createRedisJournal(other, systemClock);
    const heard = follow(createRedisJournal(connection, systemClock), name);
    await heard.ready;
    await journal.append(name, 5, numbered(0, 3));
    await vi.waitFor(() => expect(heard.keys).toHaveLength(3));
    await other.client.del(`tg:journal:{${name.owner}}:events`);
    await journal.append(name, 5, numbered(3, 2));
    await vi.waitFor(() => expect(heard.keys).toEqual(['0', '1', '2', '3', '4']));
    expect(heard.cuts()).toBe(1);
  });

  it('does not pass over what comes while it finds that the store has forgotten', async () => {
    const [connection, other] = redis();
    const name = fresh();
    const journal = createRedisJournal(other, systemClock);
    await journal.append(name, 5, numbered(0, 3));
    const [newest] = (await journal.tail(name, 1)).map(({ id }) => id);
    await other.client.del(`tg:journal:{${name.owner}}:events`);
    const late: RedisConnection = {
      ...connection,
      async ask(command) {
        const value = await connection.ask(command);
        if (Array.isArray(value) && value.length === 0) await journal.append(name, 5, numbered(3, 2));
        return value;
      },
    };
    const cut = await createRedisJournal(late, systemClock).after(name, String(newest), 10);
    expect(cut).toMatchObject({ isCut: true, entries: [] });
    const next = await journal.after(name, cut.last, 10);
    expect(next.isCut).toBe(false);
    expect(next.entries.map(({ key }) => key)).toEqual(['3', '4']);
  });

  it('says that it cannot be reached, and to a follower that it came late', async () => {
    const away = redisAway();
    const journal = createRedisJournal(away, systemClock);
    await expect(journal.append(fresh(), 1, [entry('a')])).rejects.toMatchObject({ code: 'coordination_unavailable' });
    await expect(journal.tail(fresh(), 1)).rejects.toMatchObject({ code: 'coordination_unavailable' });
    const heard = follow(journal, fresh());
    await heard.ready;
    expect(heard.cuts()).toBe(0);
    heard.stop();
    await away.close();
  });
});
