import type { SharedTokens } from '../../src/broker/shared-tokens.ts';
import type { Clock } from '../../src/core/clock.ts';
import { GatewayError } from '../../src/core/errors.ts';
import { systemIds } from '../../src/core/ids.ts';
import { silentLog } from '../../src/core/log.ts';
import type { Fleet } from '../../src/fleet/fleet.ts';
import { createMemoryChannels } from '../../src/fleet/memory-channels.ts';
import { createMemoryLeases } from '../../src/fleet/memory-leases.ts';
import { createMemoryRecords } from '../../src/fleet/memory-records.ts';
import type { TokenOwner } from '../../src/relay/tokens/owner-tokens.ts';
import { shareTokens, type TokenSharing } from '../../src/relay/tokens/share-tokens.ts';
import { createTextSealer } from '../../src/tenancy/vault/text-sealer.ts';

export const OWNER: TokenOwner = { tenantId: 'tenant-1', environment: 'paper', credentialsVersion: 1 };

const TEST_KEY = Buffer.alloc(32, 7);

/** Seals as the gateway does; replicas with the same key open one another's. */
export function testSealer(bytes: Uint8Array = TEST_KEY) {
  const sealer = createTextSealer('access token', bytes, systemIds);
  return ({ tenantId, environment, credentialsVersion }: TokenOwner) => {
    const place = (field: string) => ({ tenant: tenantId, environment, field, version: credentialsVersion });
    return {
      seal: (text: string, field: string) => sealer.seal(text, place(field)),
      open: (sealed: string, field: string) => sealer.open(sealed, place(field)),
    };
  };
}

export type MemoryReplica = {
  readonly tokens: TokenSharing;
  readonly fleet: Omit<Fleet, 'journal' | 'shelves'>;
  /** Whether it has lost the others. */
  setAway(isAway: boolean): void;
  /** None of its questions are answered any more. */
  kill(): void;
  /** Told by the breaker, in order. */
  readonly breaker: boolean[];
  close(): void;
};

/** Replicas of one gateway within this process, over the same memory; each may lose sight of it. */
export function memoryReplicas(clock: Clock, { lagMs = () => 0 }: { readonly lagMs?: () => number } = {}) {
  const leases = createMemoryLeases(clock);
  const channels = createMemoryChannels();
  const records = createMemoryRecords(clock);
  return {
    records,
    /** `own` is the replica's own clock: the store keeps time by the world's. */
    join(name: string, own: Clock = clock, key?: Uint8Array): MemoryReplica {
      let state: Reach = 'here';
      const way: Way = { reach: () => state, lag: () => lag(clock, lagMs()) };
      const listeners = new Set<(isAway: boolean) => void>();
      const fleet: Omit<Fleet, 'journal' | 'shelves'> = {
        replica: name,
        leases: reachable(leases, way),
        channels: reachable(channels, way),
        records: reachable(records, way),
        get isAway() {
          return state !== 'here';
        },
        onPresence(listener) {
          listeners.add(listener);
          return () => void listeners.delete(listener);
        },
        close() {},
      };
      const breaker: boolean[] = [];
      const copy = createMemoryRecords(own);
      const tokens = shareTokens({
        fleet,
        own: copy,
        sealerFor: testSealer(key),
        onBreaker: (_, isOpen) => void breaker.push(isOpen),
        clock: own,
        ids: systemIds,
        log: silentLog,
      });
      return {
        tokens,
        fleet,
        breaker,
        setAway(isAway) {
          state = isAway ? 'away' : 'here';
          for (const listener of listeners) listener(isAway);
        },
        kill() {
          state = 'dead';
          tokens.close();
          copy.close();
        },
        close() {
          tokens.close();
          copy.close();
        },
      };
    },
  };
}

type Reach = 'here' | 'away' | 'dead';

type Way = { readonly reach: () => Reach; readonly lag: () => Promise<void> };

const lag = async (clock: Clock, ms: number): Promise<void> => (ms === 0 ? undefined : clock.sleep(ms));

/** The same port some way off, refusing as Redis does when it is away, and silent for the dead. */
function reachable<Port extends object>(port: Port, { reach, lag }: Way): Port {
  return new Proxy(port, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]): Promise<unknown> => {
        if (reach() === 'away') throw new GatewayError('coordination_unavailable', 'The test has taken it away.');
        await lag();
        const answer: unknown = reach() === 'dead' ? undefined : await Reflect.apply(method, target, args);
        await lag();
        return reach() === 'dead' ? new Promise<never>(() => {}) : answer;
      };
    },
  });
}

/** One replica's, for tests that are about something else. */
export const aloneTokens = (clock: Clock): SharedTokens => memoryReplicas(clock).join('alone').tokens.of(OWNER);
