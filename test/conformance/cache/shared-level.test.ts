import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createRedisLevel } from '../../../src/cache/redis-level.ts';
import type { Slot } from '../../../src/cache/reference-key.ts';
import { type SharedLevel, TURN_MS } from '../../../src/cache/shared-level.ts';
import type { Outcome, Stored } from '../../../src/cache/stored.ts';
import { epochMs, systemClock } from '../../../src/core/clock.ts';
import { silentLog } from '../../../src/core/log.ts';
import { createRedisChannels } from '../../../src/fleet/redis-channels.ts';
import { eventually } from '../../support/eventually.ts';
import { openRedisLevel, sharedLevels } from '../../support/shared-levels.ts';
import { redisAway, twoRedis } from '../../support/two-redis.ts';

const freshSlot = (): Slot => ({ id: `paper:chain:equity:${randomUUID()}`, date: '2026-11-24' });
const anything = () => true;

function stored(version: string, outcome: Outcome = { kind: 'value', value: { n: 1 } }, lifeMs = 60_000): Stored {
  return { version, outcome, loadedAt: epochMs(1_790_000_000_000), tookMs: 12, lifeMs };
}

async function two(open: (replicas: number) => Promise<readonly SharedLevel[]>) {
  const [one, other] = await open(2);
  if (one === undefined || other === undefined) throw new Error('Two were asked for');
  return [one, other] as const;
}

/** Begins a load that is the first to be wished for. */
async function take(level: SharedLevel, slot: Slot, known?: string): Promise<string> {
  const flight = randomUUID();
  const wish = { flight, ...(known === undefined ? {} : { known }) };
  expect(await level.begin(slot, wish)).toEqual({ kind: 'load' });
  return flight;
}

/** Stores a value, and tells its version. */
async function put(level: SharedLevel, slot: Slot, value?: Stored): Promise<string> {
  const flight = await take(level, slot);
  expect(await level.store(slot, { flight }, { ...stored(flight), ...value, version: flight })).toBe(true);
  return flight;
}

function heard(level: SharedLevel, slot: Slot) {
  const seen = { count: 0 };
  const leave = level.watch({
    changed(changed) {
      if (changed?.id === slot.id && changed.date === slot.date) seen.count += 1;
    },
    linked() {},
  });
  return { seen, leave };
}

describe.each(sharedLevels())('the shared level %s', (_name, open) => {
  it('gives the turn to one of many, and tells the others whose it is', async () => {
    const both = await two(open);
    const slot = freshSlot();
    const flights = Array.from({ length: 40 }, () => randomUUID());
    const turns = await Promise.all(flights.map((flight, n) => (both[n % 2] as SharedLevel).begin(slot, { flight })));
    const winners = flights.filter((_, n) => turns[n]?.kind === 'load');
    expect(winners).toHaveLength(1);
    for (const turn of turns.filter(({ kind }) => kind !== 'load')) {
      expect(turn).toMatchObject({ kind: 'busy', flight: winners[0] });
      expect(turn.kind === 'busy' && turn.leftMs <= TURN_MS).toBe(true);
    }
  });

  it('gives the same turn again to whoever did not hear the answer', async () => {
    const [one] = await two(open);
    const slot = freshSlot();
    const flight = await take(one, slot);
    expect(await one.begin(slot, { flight })).toEqual({ kind: 'load' });
  });

  it.each<Outcome>([
    { kind: 'value', value: { text: 'é \n " {', list: [1, null, { a: '' }] } },
    { kind: 'absent', message: 'There is none.', advice: 'Ask for another.' },
    { kind: 'absent', message: 'There is none.' },
  ])('carries $kind to all, with its version', async (outcome) => {
    const [one, other] = await two(open);
    const slot = freshSlot();
    expect(await other.read(slot, anything)).toBeUndefined();
    expect(await other.version(slot)).toBeUndefined();
    const flight = await take(one, slot);
    const value = stored(flight, outcome);
    expect(await one.store(slot, { flight }, value)).toBe(true);
    expect(await other.read(slot, anything)).toEqual(value);
    expect(await other.version(slot)).toBe(flight);
    expect(await other.begin(slot, { flight: randomUUID() })).toEqual({ kind: 'stored' });
  });

  it('says that a value is stored to whoever did not hear it the first time', async () => {
    const [one] = await two(open);
    const slot = freshSlot();
    const flight = await put(one, slot);
    expect(await one.store(slot, { flight }, stored(flight))).toBe(true);
    expect(await one.renew(slot, { flight })).toBe(true);
  });

  it('lets a value end by itself', async () => {
    const [one, other] = await two(open);
    const slot = freshSlot();
    await put(one, slot, stored('', { kind: 'value', value: 1 }, 300));
    await sleep(350);
    expect(await other.read(slot, anything)).toBeUndefined();
    expect(await other.begin(slot, { flight: randomUUID() })).toEqual({ kind: 'load' });
  });

  it('passes the turn on when nothing more is heard of its holder, and not before', async () => {
    const [one, other] = await two(open);
    const slot = freshSlot();
    const flight = await take(one, slot);
    await sleep(TURN_MS * 0.6);
    expect(await one.renew(slot, { flight })).toBe(true);
    await sleep(TURN_MS * 0.6);
    expect((await other.begin(slot, { flight: randomUUID() })).kind).toBe('busy');
    await sleep(TURN_MS * 0.6);
    const next = await take(other, slot);
    expect(await one.renew(slot, { flight })).toBe(false);
    expect(await one.store(slot, { flight }, stored(flight))).toBe(false);
    expect(await other.store(slot, { flight: next }, stored(next))).toBe(true);
    expect(await one.version(slot)).toBe(next);
  });

  it('takes the value of a slow holder, if nobody came in between', async () => {
    const [one, other] = await two(open);
    const slot = freshSlot();
    const flight = await take(one, slot);
    await sleep(TURN_MS + 100);
    expect(await one.renew(slot, { flight })).toBe(true);
    expect((await other.begin(slot, { flight: randomUUID() })).kind).toBe('busy');
    await sleep(TURN_MS + 100);
    expect(await one.store(slot, { flight }, stored(flight))).toBe(true);
  });

  it('tells a failure to those who waited for it, and to nobody else', async () => {
    const [one, other] = await two(open);
    const slot = freshSlot();
    const flight = await take(one, slot);
    const failure = { code: 'broker_unavailable', message: 'Not "now".', advice: 'Wait.', retryAfterMs: 500 } as const;
    await one.fail(slot, { flight }, failure);
    expect(await other.begin(slot, { flight: randomUUID(), joined: flight })).toEqual({ kind: 'failed', failure });
    await take(other, slot);
    expect((await one.begin(slot, { flight: randomUUID(), joined: flight })).kind).toBe('busy');
  });

  it('gives the turn to the next when a failure was only its holder’s', async () => {
    const [one, other] = await two(open);
    const slot = freshSlot();
    const flight = await take(one, slot);
    await one.fail(slot, { flight });
    expect(await other.begin(slot, { flight: randomUUID(), joined: flight })).toEqual({ kind: 'load' });
  });

  it('forgets what is dropped, and does not take what was being loaded', async () => {
    const [one, other] = await two(open);
    const slot = freshSlot();
    await put(one, slot);
    await other.drop(slot);
    expect(await one.read(slot, anything)).toBeUndefined();
    const flight = await take(one, slot);
    await other.drop(slot);
    expect(await one.renew(slot, { flight })).toBe(false);
    expect(await one.store(slot, { flight }, stored(flight))).toBe(false);
    await one.fail(slot, { flight });
    const next = await take(other, slot);
    expect(await one.store(slot, { flight }, stored(flight))).toBe(false);
    expect(await other.store(slot, { flight: next }, stored(next))).toBe(true);
  });

  it('refreshes what is there once, while it stays', async () => {
    const [one, other] = await two(open);
    const slot = freshSlot();
    const known = await put(one, slot);
    const flight = await take(one, slot, known);
    expect((await other.begin(slot, { flight: randomUUID(), known })).kind).toBe('busy');
    expect(await other.begin(slot, { flight: randomUUID() })).toEqual({ kind: 'stored' });
    expect(await other.version(slot)).toBe(known);
    expect(await one.renew(slot, { flight, known })).toBe(true);
    expect(await one.store(slot, { flight, known }, stored(flight))).toBe(true);
    expect(await other.version(slot)).toBe(flight);
    expect(await other.begin(slot, { flight: randomUUID(), known })).toEqual({ kind: 'stored' });
  });

  it('lets what could not be refreshed alone for a while', async () => {
    const [one, other] = await two(open);
    const slot = freshSlot();
    const known = await put(one, slot);
    const flight = await take(one, slot, known);
    await one.fail(slot, { flight, known }, { code: 'broker_unavailable', message: 'No.' });
    expect(await other.version(slot)).toBe(known);
    const turn = await other.begin(slot, { flight: randomUUID(), known });
    expect(turn.kind === 'busy' && turn.leftMs > 50_000).toBe(true);
    await other.drop(slot);
    await take(one, slot);
  });

  it('removes what cannot be used', async () => {
    const [one, other] = await two(open);
    const slot = freshSlot();
    await put(one, slot);
    expect(await other.read(slot, () => false)).toBeUndefined();
    expect(await one.version(slot)).toBeUndefined();
    await take(one, slot);
  });

  it('tells every replica of each change, also that there was nothing to drop, and keeps days apart', async () => {
    const [one, other] = await two(open);
    const slot = freshSlot();
    const [here, there] = [heard(one, slot), heard(other, slot)];
    const elsewhere = heard(other, { ...slot, date: '2026-11-25' });
    const steps = [
      () => one.drop(slot),
      async () => void (await put(one, slot)),
      () => other.drop(slot),
      async () => one.fail(slot, { flight: await take(one, slot) }),
      async () => one.fail(slot, { flight: await take(one, slot) }, { code: 'broker_timeout', message: 'Late.' }),
    ];
    for (const step of steps) {
      const before = [here.seen.count, there.seen.count];
      await step();
      await eventually(() => here.seen.count > (before[0] ?? 0) && there.seen.count > (before[1] ?? 0), 5000);
    }
    expect(elsewhere.seen.count).toBe(0);
    for (const { leave } of [here, there, elsewhere]) leave();
  });
});

describe('the shared level on Redis', () => {
  const redis = twoRedis();
  const keyOf = ({ id, date }: Slot) => `tg:chain:{${encodeURIComponent(id)}}:${date}:1`;
  const head = () => `${randomUUID()} 1790000000000 5 60000`;
  const packed = (body: unknown, first = head()) =>
    Buffer.concat([Buffer.from(`${first}\n`), gzipSync(JSON.stringify(body))]);
  const of = ({ id, date }: Slot, rest: object) => ({ of: `${date}/${id}`, ...rest });

  it('compresses, and lets Redis end what is in it', async () => {
    const level = await openRedisLevel(redis()[0]);
    const slot = freshSlot();
    const value = { strikes: Array.from({ length: 2000 }, (_, n) => `SPY   261218C00${n}000`) };
    await put(level, slot, stored('', { kind: 'value', value }));
    const { client } = redis()[1];
    expect(await client.strlen(keyOf(slot))).toBeLessThan(JSON.stringify(value).length / 3);
    expect(await client.pttl(keyOf(slot))).toBeGreaterThan(50_000);
  });

  it.each<[string, (slot: Slot) => Buffer | string]>([
    ['a text', () => 'not a chain'],
    ['a head alone', () => `${head()}\n`],
    ['what is not compressed', () => `${head()}\n{"n":1}`],
    ['what was cut off', (slot) => packed(of(slot, { kind: 'value', value: 'x' })).subarray(0, -9)],
    ['another head', (slot) => packed(of(slot, { kind: 'value', value: 1 }), 'a b c d')],
    ['another symbol’s', (slot) => packed(of({ ...slot, id: 'x' }, { kind: 'value', value: 1 }))],
    ['another day’s', (slot) => packed(of({ ...slot, date: '2026-11-23' }, { kind: 'value', value: 1 }))],
    ['another kind of outcome', (slot) => packed(of(slot, { kind: 'perhaps', value: 1 }))],
    ['absence without words', (slot) => packed(of(slot, { kind: 'absent' }))],
    ['what opens to more than may be', (slot) => packed(of(slot, { kind: 'value', value: 'x'.repeat(70e6) }))],
  ])('takes %s for nothing, and clears it away', async (_what, bytes) => {
    const level = await openRedisLevel(redis()[0]);
    const { client } = redis()[1];
    const slot = freshSlot();
    await client.set(keyOf(slot), bytes(slot));
    expect(await level.read(slot, anything)).toBeUndefined();
    expect(await client.exists(keyOf(slot))).toBe(0);
    await take(level, slot);
  });

  it('takes a key of another type for nothing', async () => {
    const level = await openRedisLevel(redis()[0]);
    const slot = freshSlot();
    await redis()[1].client.lpush(keyOf(slot), 'x');
    expect(await level.read(slot, anything)).toBeUndefined();
    await put(level, slot);
  });

  it('says that it cannot be reached', async () => {
    const away = redisAway();
    const channels = createRedisChannels(away);
    const level = createRedisLevel({ redis: away, channels, clock: systemClock, log: silentLog });
    const slot = freshSlot();
    const flight = randomUUID();
    const asks = [
      () => level.read(slot, anything),
      () => level.version(slot),
      () => level.begin(slot, { flight }),
      () => level.renew(slot, { flight }),
      () => level.store(slot, { flight }, stored(flight)),
      () => level.fail(slot, { flight }),
      () => level.drop(slot),
    ];
    for (const ask of asks) await expect(ask()).rejects.toMatchObject({ code: 'coordination_unavailable' });
    level.close();
    await away.close();
  });
});
