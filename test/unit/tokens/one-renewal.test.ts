import { describe, expect, it } from 'vitest';
import { down, granted, invalidGrant, tokenBench } from '../../support/token-bench.ts';
import { PLANTED } from '../../support/upstream.ts';

function threeSeats() {
  const bench = tokenBench();
  const replicas = ['a', 'b', 'c'].map((name) => bench.join(name)) as [Joined, Joined, Joined];
  const seats = replicas.map((replica) => replica.sit()) as [Seat, Seat, Seat];
  return { bench, replicas, seats };
}
type Joined = ReturnType<ReturnType<typeof tokenBench>['join']>;
type Seat = ReturnType<Joined['sit']>;

const manyReads = (seats: readonly Seat[], each = 200): Promise<number[]> =>
  Promise.all(seats.flatMap((seat) => Array.from({ length: each }, () => seat.read())));

const refusal = (code: string) => expect.objectContaining({ code });

describe('a token over several replicas', () => {
  it('is asked for once by two hundred callers on each of three', async () => {
    const { bench, seats, replicas } = threeSeats();
    bench.mood = () => bench.after(300, () => bench.issue());
    const reads = manyReads(seats);
    await bench.clock.advance(1000);
    expect(new Set(await reads)).toEqual(new Set([200]));
    expect(bench.asks).toHaveLength(1);
    const shared = replicas.map(({ counts }) => [counts['ok'] ?? 0, counts['waited'] ?? 0].join());
    expect(shared.toSorted()).toEqual(['0,1', '0,1', '1,0']);
  });

  it('reaches those who wait as soon as it is there', async () => {
    const { bench, seats } = threeSeats();
    bench.mood = () => bench.after(137, () => bench.issue());
    const tokens = Promise.all(seats.map((seat) => seat.token()));
    await bench.clock.advance(137);
    expect(await tokens).toEqual(['access-token-1', 'access-token-1', 'access-token-1']);
    expect(bench.clock.monotonicMs()).toBe(137);
  });

  it('is renewed once when all replicas had the same one and the broker refuses it', async () => {
    const { bench, seats } = threeSeats();
    await manyReads(seats, 1);
    bench.expireAll();
    bench.mood = () => bench.after(50, () => bench.issue());
    const reads = manyReads(seats);
    await bench.clock.advance(1000);
    expect(new Set(await reads)).toEqual(new Set([200]));
    expect(bench.asks).toHaveLength(2);
  });

  it('that one replica has given up is used by no other again, though they had it in memory', async () => {
    const { bench, seats } = threeSeats();
    await manyReads(seats, 1);
    bench.expireAll();
    expect(await seats[0].read()).toBe(200);
    const before = bench.readsWith.length;
    expect(await seats[1].read()).toBe(200);
    expect(await seats[2].read()).toBe(200);
    expect(bench.readsWith.slice(before)).toEqual(['access-token-2', 'access-token-2']);
    expect(bench.asks).toHaveLength(2);
  });

  it('that was given up out of hearing is found replaced by those whom the broker refuses it too', async () => {
    const { bench, seats, replicas } = threeSeats();
    await manyReads(seats, 1);
    bench.expireAll();
    replicas[1].tokens.close();
    replicas[2].tokens.close();
    expect(await seats[0].read()).toBe(200);
    expect(await Promise.all([seats[1].read(), seats[2].read()])).toEqual([200, 200]);
    expect(bench.readsWith.filter((token) => token === 'access-token-1')).toHaveLength(6);
    expect(bench.asks).toHaveLength(2);
  });

  it('is renewed ahead of time by one, while the others go on with what they have', async () => {
    const { bench, seats } = threeSeats();
    await manyReads(seats, 1);
    await bench.clock.advance(840_000);
    bench.mood = () => bench.after(5000, () => bench.issue());
    const first = seats[0].token();
    await bench.clock.advance(10);
    expect(await Promise.all([seats[1].token(), seats[2].token()])).toEqual(['access-token-1', 'access-token-1']);
    await bench.clock.advance(6000);
    expect(await first).toBe('access-token-2');
    expect(await Promise.all([seats[1].token(), seats[2].token()])).toEqual(['access-token-2', 'access-token-2']);
    expect(bench.asks).toHaveLength(2);
  });

  it('is asked for once a life, whoever calls, through a whole day', async () => {
    const { bench, seats } = threeSeats();
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      for (const seat of seats) expect(await seat.read()).toBe(200);
      await bench.clock.advance(60_000);
    }
    // Each is renewed in its last minute at the latest.
    expect(bench.asks.length).toBeGreaterThanOrEqual(96);
    expect(bench.asks.length).toBeLessThanOrEqual(103);
    // None was ever used past its end: the broker refused nothing.
    expect(bench.readsWith).toHaveLength(3 * 24 * 60);
  });

  it('is not asked for again and again by a broker that refuses every token', async () => {
    const { bench, seats } = threeSeats();
    let at = 0;
    bench.mood = () => granted(`never-good-${(at += 1)}`);
    for (let round = 0; round < 9; round += 1) {
      expect(await Promise.all(seats.map((seat) => seat.read()))).toEqual([401, 401, 401]);
      await bench.clock.advance(1000);
    }
    expect(bench.asks).toHaveLength(2);
    await bench.clock.advance(2000);
    expect(await Promise.all(seats.map((seat) => seat.read()))).toEqual([401, 401, 401]);
    expect(bench.asks).toHaveLength(3);
  });

  it('is not asked for a third time by a replica that only hears that the one before was refused', async () => {
    const { bench, seats } = threeSeats();
    let at = 0;
    bench.mood = () => granted(`never-good-${(at += 1)}`);
    expect(await seats[0].order()).toBe(401);
    await bench.clock.advance(1);
    expect(await seats[1].read()).toBe(401);
    expect(await seats[2].read()).toBe(401);
    expect(bench.asks).toHaveLength(2);
  });

  it('may be refused twice in a row when it worked on another replica in between', async () => {
    const { bench, seats } = threeSeats();
    await manyReads(seats, 1);
    for (let round = 0; round < 3; round += 1) {
      bench.expireAll();
      expect(await seats[0].read()).toBe(200);
      // Both know the new one, and only the first has seen it work.
      expect(await seats[1].token()).toBe(await seats[0].token());
      bench.expireAll();
      expect(await seats[1].read()).toBe(200);
    }
  });

  it('that is slow to come is not asked for by anybody else', async () => {
    const { bench, seats } = threeSeats();
    bench.mood = () => bench.after(9500, () => bench.issue());
    const reads = manyReads(seats, 5);
    await bench.clock.advance(9400);
    expect(bench.asks).toHaveLength(1);
    await bench.clock.advance(200);
    expect(new Set(await reads)).toEqual(new Set([200]));
    expect(bench.asks).toHaveLength(1);
  });

  it('is asked for by another within four seconds of the death of the one who asked', async () => {
    const { bench, replicas, seats } = threeSeats();
    bench.mood = ({ replica }) => (replica === 'a' ? new Promise<never>(() => {}) : bench.issue());
    void seats[0].token();
    await bench.clock.advance(100);
    const others = Promise.all([seats[1].token(), seats[2].token()]);
    await bench.clock.advance(1500);
    replicas[0].kill();
    const diedAtMs = bench.clock.monotonicMs();
    await bench.clock.advance(4000);
    expect(await others).toEqual(['access-token-1', 'access-token-1']);
    expect(bench.asks).toHaveLength(2);
    expect((bench.asks[1]?.atMs ?? Infinity) - diedAtMs).toBeLessThanOrEqual(3700);
  });

  it('is not put in the place of a newer one by a replica that was frozen', async () => {
    const { bench, replicas, seats } = threeSeats();
    let thaw = (): void => {};
    const frozen = new Promise<void>((resolve) => {
      thaw = resolve;
    });
    bench.mood = async ({ replica }) => {
      const reply = bench.issue();
      if (replica === 'a') await frozen;
      return reply;
    };
    const late = seats[0].token();
    await bench.clock.advance(10);
    replicas[0].freeze(true);
    await bench.clock.advance(4000);
    expect(await seats[1].token()).toBe('access-token-2');
    replicas[0].freeze(false);
    thaw();
    expect(await late).toBe('access-token-1');
    expect(await seats[2].token()).toBe('access-token-2');
  });

  it('is not asked for by those who waited in vain: they are told what the one who asked was told', async () => {
    const { bench, seats } = threeSeats();
    bench.mood = () => bench.after(200, () => down);
    const reads = Promise.allSettled(seats.flatMap((seat) => [seat.read(), seat.read()]));
    await bench.clock.advance(1000);
    for (const settled of await reads) {
      expect(settled).toMatchObject({ status: 'rejected', reason: { code: 'broker_unavailable' } });
    }
    expect(bench.asks).toHaveLength(1);
  });

  it('is asked for at growing distances while the broker is down, by all replicas together', async () => {
    const { bench, seats } = threeSeats();
    bench.mood = () => down;
    for (let second = 0; second < 200; second += 1) {
      for (const seat of seats) await expect(seat.read()).rejects.toThrow(refusal('broker_unavailable'));
      await bench.clock.advance(1000);
    }
    expect(bench.asks.length).toBeLessThanOrEqual(10);
    expect(bench.asks.length).toBeGreaterThanOrEqual(7);
    await expect(seats[0].read()).rejects.toMatchObject({ retryAfterMs: expect.any(Number) });
    bench.mood = () => bench.issue();
    await bench.clock.advance(60_000);
    expect(await Promise.all(seats.map((seat) => seat.read()))).toEqual([200, 200, 200]);
  });

  it('is not asked for by one who gets the right just after another has used it', async () => {
    const { bench, replicas, seats } = threeSeats();
    const gate = Promise.withResolvers<void>();
    const late = replicas[1].sit({
      wrap: (tokens) => ({
        ...tokens,
        async claim() {
          await gate.promise;
          return tokens.claim();
        },
      }),
    });
    const token = late.token();
    await bench.clock.advance(1);
    expect(await seats[0].token()).toBe('access-token-1');
    gate.resolve();
    expect(await token).toBe('access-token-1');
    expect(bench.asks).toHaveLength(1);
  });

  it('lets a caller leave at its own deadline, and is got for the others', async () => {
    const { bench, seats } = threeSeats();
    bench.mood = () => bench.after(3000, () => bench.issue());
    const leaving = new AbortController();
    const left = expect(seats[0].token(leaving.signal)).rejects.toMatchObject({ name: 'AbortError' });
    const stayed = seats[1].token();
    await bench.clock.advance(1000);
    leaving.abort();
    await left;
    await bench.clock.advance(3000);
    expect(await stayed).toBe('access-token-1');
    expect(bench.asks).toHaveLength(1);
  });

  it('is asked for at once by another when the one who asked is closed, and that counts for nothing', async () => {
    const { bench, seats } = threeSeats();
    bench.mood = ({ replica }) => bench.after(replica === 'a' ? 8000 : 50, () => bench.issue());
    const closed = expect(seats[0].token()).rejects.toThrow(refusal('broker_unavailable'));
    await bench.clock.advance(10);
    const others = Promise.all([seats[1].token(), seats[2].token()]);
    await bench.clock.advance(500);
    seats[0].close();
    await closed;
    await bench.clock.advance(60);
    expect(new Set(await others).size).toBe(1);
    expect(bench.asks).toHaveLength(2);
    expect(bench.clock.monotonicMs()).toBe(570);
  });
});

describe('a grant that the broker refuses', () => {
  it('is tried once by all replicas, which say the same', async () => {
    const { bench, seats } = threeSeats();
    bench.mood = () => bench.after(100, () => invalidGrant);
    const calls = Promise.allSettled(seats.flatMap((seat) => Array.from({ length: 50 }, () => seat.read())));
    await bench.clock.advance(2000);
    const told = (await calls).map((settled) => {
      const { code, message, advice, details } = (settled as PromiseRejectedResult).reason as Record<string, unknown>;
      return JSON.stringify({ code, message, advice, details });
    });
    expect(told).toHaveLength(150);
    expect([...new Set(told)]).toEqual([expect.stringContaining('reconnect_needed')]);
    expect(told[0]).toContain('the grant was revoked');
    await bench.clock.advance(3_600_000);
    for (const seat of seats) await expect(seat.read()).rejects.toThrow(refusal('reconnect_needed'));
    expect(bench.asks).toHaveLength(1);
  });

  it('is tried by a replica that joins later no more than by the others', async () => {
    const { bench, seats } = threeSeats();
    bench.mood = () => invalidGrant;
    await expect(seats[0].read()).rejects.toThrow(refusal('reconnect_needed'));
    await expect(bench.join('d').sit().read()).rejects.toThrow(refusal('reconnect_needed'));
    expect(bench.asks).toHaveLength(1);
  });

  it('is forgotten as soon as there is another, in its place or under the next version', async () => {
    const { bench, replicas } = threeSeats();
    const grant: { clientSecret: string; refreshToken: string } = { ...PLANTED };
    bench.mood = ({ grant: { refreshToken } }) =>
      refreshToken === PLANTED.refreshToken ? invalidGrant : bench.issue();
    const old = replicas[0].sit({ grant: () => ({ ...grant }) });
    await expect(old.read()).rejects.toThrow(refusal('reconnect_needed'));
    const next = replicas[1].sit({ version: 2, grant: () => ({ ...grant, refreshToken: 'another' }) });
    expect(await next.read()).toBe(200);
    grant.refreshToken = 'another';
    expect(await old.read()).toBe(200);
    expect(bench.asks).toHaveLength(3);
  });

  it('is tried once more after a day', async () => {
    const { bench, seats } = threeSeats();
    bench.mood = () => invalidGrant;
    for (let hour = 0; hour < 47; hour += 1) {
      for (const seat of seats) await expect(seat.read()).rejects.toThrow(refusal('reconnect_needed'));
      await bench.clock.advance(3_600_000);
    }
    expect(bench.asks).toHaveLength(2);
  });

  it('takes a token that would live a little longer from those who had it', async () => {
    const { bench, seats } = threeSeats();
    await manyReads(seats, 1);
    await bench.clock.advance(845_000);
    bench.mood = () => invalidGrant;
    for (const seat of seats) await expect(seat.token()).rejects.toThrow(refusal('reconnect_needed'));
    expect(bench.asks).toHaveLength(2);
  });
});

describe('replicas that cannot reach one another', () => {
  it('each ask once, and for themselves alone', async () => {
    const { bench, seats, replicas } = threeSeats();
    await bench.part(replicas);
    expect(new Set(await manyReads(seats))).toEqual(new Set([200]));
    expect(bench.asks.map(({ replica }) => replica).toSorted()).toEqual(['a', 'b', 'c']);
    for (const replica of replicas) replica.setAway(false);
    await bench.clock.advance(850_000);
    expect(new Set(await manyReads(seats, 1))).toEqual(new Set([200]));
    expect(bench.asks).toHaveLength(4);
  });

  it('wait a moment for each other before they ask alone', async () => {
    const { bench, seats, replicas } = threeSeats();
    for (const replica of replicas) replica.setAway(true);
    const reads = manyReads(seats, 10);
    await bench.clock.advance(900);
    expect(bench.asks).toHaveLength(0);
    for (const replica of replicas) replica.setAway(false);
    await bench.clock.advance(1);
    expect(new Set(await reads)).toEqual(new Set([200]));
    expect(bench.asks).toHaveLength(1);
  });

  it('go on with the token they have when they lose sight of each other', async () => {
    const { bench, seats, replicas } = threeSeats();
    await manyReads(seats, 1);
    await bench.part(replicas);
    await bench.clock.advance(600_000);
    expect(new Set(await manyReads(seats, 1))).toEqual(new Set([200]));
    expect(bench.asks).toHaveLength(1);
  });

  it('remember what they know of a refused grant, and of a broker that is down', async () => {
    const { bench, seats, replicas } = threeSeats();
    bench.mood = () => invalidGrant;
    for (const seat of seats) await expect(seat.read()).rejects.toThrow(refusal('reconnect_needed'));
    await bench.part(replicas);
    for (const seat of seats) await expect(seat.read()).rejects.toThrow(refusal('reconnect_needed'));
    expect(bench.asks).toHaveLength(1);

    const alone = replicas[0].sit({ tenantId: 'tenant-2' });
    await expect(alone.read()).rejects.toThrow(refusal('reconnect_needed'));
    await expect(alone.read()).rejects.toThrow(refusal('reconnect_needed'));
    expect(bench.asks).toHaveLength(2);
    bench.mood = () => down;
    const other = replicas[0].sit({ tenantId: 'tenant-3' });
    for (let at = 0; at < 20; at += 1) await expect(other.read()).rejects.toThrow(refusal('broker_unavailable'));
    expect(bench.asks).toHaveLength(4);
  });

  it('do not stay behind for a call that is lost half-way', async () => {
    const { bench, seats, replicas } = threeSeats();
    bench.mood = () => bench.after(500, () => bench.issue());
    const reads = manyReads(seats, 10);
    await bench.clock.advance(100);
    await bench.part(replicas);
    await bench.clock.advance(2000);
    expect(new Set(await reads)).toEqual(new Set([200]));
    expect(bench.asks.length).toBeLessThanOrEqual(3);
  });
});

describe('owners', () => {
  it('never get one another’s token: neither another tenant, nor other credentials', async () => {
    const { bench, replicas } = threeSeats();
    const seats = replicas.flatMap((replica) => [
      replica.sit({ tenantId: 'x' }),
      replica.sit({ tenantId: 'y' }),
      replica.sit({ tenantId: 'x', version: 2 }),
    ]);
    const tokens = await Promise.all(seats.map((seat) => seat.token()));
    expect(new Set(tokens).size).toBe(3);
    expect([0, 1, 2].map((kind) => new Set(tokens.filter((_, at) => at % 3 === kind)).size)).toEqual([1, 1, 1]);
    expect(bench.asks).toHaveLength(3);
  });

  it('with another vault key are not understood, and get their own', async () => {
    const bench = tokenBench();
    const seat = bench.join('a').sit();
    expect(await seat.read()).toBe(200);
    const stranger = bench.join('b', Buffer.alloc(32, 9)).sit();
    expect(await stranger.read()).toBe(200);
    expect(bench.asks).toHaveLength(2);
  });
});
