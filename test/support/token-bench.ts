import { createAccessTokens } from '../../src/broker/tastytrade/access-token.ts';
import { createAuthorised } from '../../src/broker/tastytrade/authorised.ts';
import type { Reply } from '../../src/broker/tastytrade/call.ts';
import type { Http } from '../../src/broker/tastytrade/http.ts';
import { TransportFault } from '../../src/broker/tastytrade/transport-fault.ts';
import type { SharedTokens } from '../../src/broker/shared-tokens.ts';
import type { BrokerGrant, Throttle, Upstream } from '../../src/broker/upstream.ts';
import type { Clock } from '../../src/core/clock.ts';
import { createManualClock } from './manual-clock.ts';
import { type MemoryReplica, memoryReplicas, OWNER } from './token-replicas.ts';
import { FREE_TURN, PLANTED, testUpstream } from './upstream.ts';

/** How the broker answers one token call; it may take its time. */
export type GrantMood = (ask: { readonly grant: BrokerGrant; readonly replica: string }) => Reply | Promise<Reply>;

export const granted = (token: string, seconds = 900): Reply => ({
  status: 200,
  text: JSON.stringify({ access_token: token, expires_in: seconds }),
});
export const invalidGrant: Reply = {
  status: 400,
  text: JSON.stringify({ error_code: 'invalid_grant', error_description: 'Grant revoked' }),
};
export const down: Reply = { status: 503, text: '' };

export type BenchAsk = { readonly replica: string; readonly tenantId: string; readonly atMs: number };

/** One tenant's adapter on one replica. */
export type Seat = {
  /** A read, as the adapter makes it: its status, after a second attempt where the token was at fault. */
  read(signal?: AbortSignal): Promise<number>;
  token(signal?: AbortSignal): Promise<string>;
  /** An order, which is made once whatever comes of it: its status. */
  order(): Promise<number>;
  close(): void;
};

export type SeatOptions = {
  readonly tenantId?: string;
  readonly version?: number;
  readonly environment?: string;
  readonly grant?: () => BrokerGrant;
  /** What comes between the adapter and what the replicas share. */
  readonly wrap?: (tokens: SharedTokens) => SharedTokens;
};

export type BenchReplica = MemoryReplica & {
  sit(options?: SeatOptions): Seat;
  /** Like SIGKILL: none of its timers run any more, and none of its answers arrive. */
  kill(): void;
  /** Like SIGSTOP: what is due while it stands still is not done. */
  freeze(isFrozen: boolean): void;
  /** Outcomes counted by its observer. */
  readonly counts: Record<string, number>;
};

/** Several replicas in this process, a broker that gives out tokens, and one clock that stands still until it is told. */
export function tokenBench(options: { readonly lagMs?: () => number } = {}) {
  const clock = createManualClock();
  const world = memoryReplicas(clock, options);
  const asks: BenchAsk[] = [];
  /** Tokens that are good, until when (monotonic). */
  const good = new Map<string, number>();
  const readsWith: string[] = [];
  const endsAtMs = new Map<string, number>();
  let issued = 0;
  let stale = 0;
  const bench = {
    clock,
    world,
    asks,
    good,
    readsWith,
    throttle: (async () => FREE_TURN) as Throttle,
    /** A fresh token, unless a test says otherwise. */
    mood: (() => bench.issue()) as GrantMood,
    issue(seconds = 900): Reply {
      issued += 1;
      const token = `access-token-${issued}`;
      endsAtMs.set(token, clock.monotonicMs() + seconds * 1000);
      good.set(token, clock.monotonicMs() + seconds * 1000);
      return granted(token, seconds);
    },
    /** The broker forgets all tokens before their time. */
    expireAll: () => good.clear(),
    /** Reads with a token past its end: not one that the broker forgot early. */
    staleReads: () => stale,
    /** All replicas lose sight of one another, for longer than any of them waits. */
    async part(replicas: readonly MemoryReplica[]): Promise<void> {
      for (const replica of replicas) replica.setAway(true);
      await clock.advance(1001);
    },
    /** Answers later, by the bench's clock. */
    async after(ms: number, reply: () => Reply): Promise<Reply> {
      await clock.sleep(ms);
      return reply();
    },
    join,
  };

  function join(name: string, key?: Uint8Array): BenchReplica {
    let isDead = false;
    let isFrozen = false;
    const own = mortal(clock, { isDead: () => isDead, isStill: () => isDead || isFrozen });
    const member = world.join(name, own, key);
    const counts: Record<string, number> = {};
    const count = (what: string): void => {
      counts[what] = (counts[what] ?? 0) + 1;
    };
    const alive = async <Value>(value: Value | Promise<Value>): Promise<Value> => {
      const settled = await Promise.resolve(value).then(
        (done) => () => done,
        (error: unknown) => () => {
          throw error;
        },
      );
      if (isDead) await new Promise<never>(() => {});
      return settled();
    };
    return {
      ...member,
      counts,
      kill() {
        isDead = true;
        member.kill();
      },
      freeze(next) {
        isFrozen = next;
      },
      sit(options: SeatOptions = {}): Seat {
        const { tenantId = OWNER.tenantId, version = 1, environment = 'paper' } = options;
        const { grant = (): BrokerGrant => PLANTED, wrap = (tokens) => tokens } = options;
        let isClosed = false;
        const http: Http = {
          async dispatch() {
            if (isClosed) throw new TransportFault('closed', { dispatched: false, faultCode: 'UND_ERR_CLOSED' });
            asks.push({ replica: name, tenantId, atMs: clock.monotonicMs() });
            const closing = new Promise<never>((_, reject) => closers.push(reject));
            return alive(Promise.race([bench.mood({ grant: grant(), replica: name }), closing]));
          },
          async attempt(_, { accessToken = '' }) {
            readsWith.push(accessToken);
            const nowMs = clock.monotonicMs();
            if (nowMs >= (endsAtMs.get(accessToken) ?? Infinity)) stale += 1;
            return alive({ status: nowMs < (good.get(accessToken) ?? 0) ? 200 : 401, text: '' });
          },
          close: async () => {},
        };
        const closers: ((fault: TransportFault) => void)[] = [];
        const upstream: Upstream = testUpstream('http://broker.invalid', {
          clock: own,
          loadGrant: async () => grant(),
          tokens: wrap(member.tokens.of({ tenantId, environment, credentialsVersion: version })),
          throttle: (endpoint, options) => alive(bench.throttle(endpoint, options)),
          observer: {
            request() {},
            feedSocket() {},
            feedEvents() {},
            streamerSocket() {},
            streamerMessage() {},
            tokenRefresh: (outcome) => count(outcome),
            tokenShared: (how) => count(how),
          },
        });
        const tokens = createAccessTokens(upstream, http);
        const authorised = createAuthorised(http, tokens);
        const call = { method: 'GET', path: '/x', endpoint: 'account' } as const;
        const never = new AbortController().signal;
        return {
          read: async (signal = never) => (await authorised(call, { signal, timeoutMs: 10_000 })).status,
          token: (signal = never) => tokens.current({ signal }),
          async order() {
            const accessToken = await tokens.current({ signal: never });
            const { status } = await http.attempt(call, { signal: never, timeoutMs: 10_000, accessToken });
            if (status === 401) void tokens.refused(accessToken);
            return status;
          },
          close() {
            isClosed = true;
            tokens.close();
            const fault = new TransportFault('closed', { dispatched: true, faultCode: 'UND_ERR_DESTROYED' });
            for (const fail of closers) fail(fault);
          },
        };
      },
    };
  }
  return bench;
}

export type TokenBench = ReturnType<typeof tokenBench>;

/** The same time, for a process that may die or stand still: what was due then never comes. */
function mortal(clock: Clock, { isDead, isStill }: { isDead: () => boolean; isStill: () => boolean }): Clock {
  const unlessDead = (task: () => void) => (): void => {
    if (!isStill()) task();
  };
  return {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
    after: (ms, task) => clock.after(ms, unlessDead(task)),
    every: (ms, task) => clock.every(ms, unlessDead(task)),
    async sleep(ms, signal) {
      await clock.sleep(ms, signal);
      if (isDead()) await new Promise<never>(() => {});
    },
  };
}
