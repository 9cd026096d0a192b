import type { Broker } from '../broker/broker.ts';
import type { BrokerGrant } from '../broker/upstream.ts';
import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { type AccountDirectory, createAccountDirectory } from './account-directory.ts';
import type { Tenant, TenantId, TenantRecord } from './tenant.ts';

/** Builds the adapter of one tenant. `loadGrant` opens the vault, each time it is called. */
export type MakeBroker = (tenant: Tenant, loadGrant: () => Promise<BrokerGrant>, credentialsVersion: number) => Broker;

/** What a tenant's calls share: its broker connection, and what is known of its accounts. */
export type TenantBroker = { readonly broker: Broker; readonly accounts: AccountDirectory };

/** One broker per tenant, made when it is first used and closed when it has not been used for a while. */
export type BrokerPool = {
  /** Throws `overloaded` when all places are taken by tenants that are at work, or the gateway is closing. */
  use(record: TenantRecord): TenantBroker;
  /** For a tenant that may not go on. Calls under way have half a minute to end. */
  drop(id: TenantId): void;
  /** Closes all at once. Idempotent, as bounded as a broker's own close. */
  close(): Promise<void>;
};

export type BrokerPoolDeps = {
  readonly makeBroker: MakeBroker;
  readonly loadGrant: (tenant: Tenant) => Promise<BrokerGrant>;
  readonly clock: Clock;
  readonly log: Log;
  /** Tenants connected at one time; 500 unless told. */
  readonly maxTenants?: number;
  /** Milliseconds without a call until a connection is closed; ten minutes unless told. */
  readonly idleMs?: number;
};

const MAX_TENANTS = 500;
const IDLE_MS = 600_000;
const SWEEP_MS = 30_000;
/** As long as any call may take. */
const CALL_MS = 30_000;

type Entry = TenantBroker & { readonly credentialsVersion: number; lastUsedMs: number };

export function createBrokerPool(deps: BrokerPoolDeps): BrokerPool {
  return new LivePool(deps);
}

class LivePool implements BrokerPool {
  readonly #deps: BrokerPoolDeps;
  /** Least recently used first. */
  readonly #entries = new Map<TenantId, Entry>();
  readonly #draining = new Set<Entry>();
  readonly #sweeper: { cancel(): void };
  #isClosed = false;

  constructor(deps: BrokerPoolDeps) {
    this.#deps = deps;
    this.#sweeper = deps.clock.every(SWEEP_MS, () => this.#closeIdle());
  }

  use(record: TenantRecord): TenantBroker {
    if (this.#isClosed) throw new GatewayError('overloaded', 'The gateway is shutting down.');
    const { id } = record.tenant;
    const known = this.#entries.get(id);
    if (known !== undefined && known.credentialsVersion === record.credentialsVersion) {
      known.lastUsedMs = this.#deps.clock.monotonicMs();
      this.#entries.delete(id);
      this.#entries.set(id, known);
      return known;
    }
    this.drop(id);
    this.#makeRoom();
    const entry = this.#open(record);
    this.#entries.set(id, entry);
    return entry;
  }

  drop(id: TenantId): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#draining.add(entry);
    this.#deps.clock.after(CALL_MS, () => void this.#end(entry));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#sweeper.cancel();
    const all = [...this.#entries.values(), ...this.#draining];
    this.#entries.clear();
    await Promise.all(all.map((entry) => this.#end(entry)));
  }

  #open({ tenant, credentialsVersion }: TenantRecord): Entry {
    const { makeBroker, loadGrant, clock } = this.#deps;
    const broker = makeBroker(tenant, () => loadGrant(tenant), credentialsVersion);
    const accounts = createAccountDirectory(broker, clock);
    return { broker, accounts, credentialsVersion, lastUsedMs: clock.monotonicMs() };
  }

  #makeRoom(): void {
    const { maxTenants = MAX_TENANTS } = this.#deps;
    if (this.#entries.size < maxTenants) return;
    const [oldest] = this.#entries;
    if (oldest === undefined || this.#idleFor(oldest[1]) < CALL_MS) {
      throw new GatewayError('overloaded', 'Too many tenants are at work at the moment.', { retryAfterMs: CALL_MS });
    }
    this.#entries.delete(oldest[0]);
    void this.#end(oldest[1]);
  }

  #closeIdle(): void {
    const { idleMs = IDLE_MS } = this.#deps;
    for (const [id, entry] of this.#entries) {
      if (this.#idleFor(entry) < idleMs) return;
      this.#entries.delete(id);
      void this.#end(entry);
    }
  }

  #idleFor(entry: Entry): number {
    return this.#deps.clock.monotonicMs() - entry.lastUsedMs;
  }

  async #end(entry: Entry): Promise<void> {
    this.#draining.delete(entry);
    try {
      await entry.broker.close();
    } catch (error) {
      this.#deps.log.warn({ error }, 'A broker connection did not close cleanly');
    }
  }
}
