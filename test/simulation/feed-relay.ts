import type { IdSource } from '../../src/core/ids.ts';
import { LEASE_TTL_MS } from '../../src/fleet/leases.ts';
import { MAX_QUOTE_AGE_MS } from '../../src/orders/pricing/net-market.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { FakeExchange } from '../support/relay/fake-exchange.ts';
import { type FeedReplica, type Wish, createFeedReplica, versionOf } from '../support/relay/feed-bench.ts';
import { createFleetWorld } from '../support/relay/fleet-world.ts';
import { type Chance, createChance } from './chance.ts';

/** Bugs that can be planted on the wire, to see that they are found. */
export const FEED_MUTANTS = {
  /** Lost messages leave no trace. */
  'hides-gaps': (fields) => ({ ...fields, seq: 1 }),
  /** All owners speak under one epoch. */
  'one-epoch': (fields) => ({ ...fields, epoch: 1 }),
  /** A feed that is silent is told as one that was just heard. */
  'always-fresh': (fields) => ({ ...fields, silent: 0 }),
  /** Every follower's message is taken for understood. */
  'never-unclear': (fields) => ({ ...fields, unclear: [] }),
  /** A right that never ends. */
  'endless-lease': (fields) => ({ ...fields, lease: 1e9, at: Number(fields['at']) + 5000 }),
} as const satisfies Record<string, (fields: Readonly<Record<string, unknown>>) => object>;

export type FeedMutant = keyof typeof FEED_MUTANTS;

export type FeedWorldReport = {
  readonly findings: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
};

const SYMBOLS = ['SPY', 'QQQ', 'IWM', 'DIA', 'TLT', 'GLD'] as const;
const WORLD_MS = 90_000;
const CHECK_EVERY_MS = 25;
/** All is fresh again so long after the last fault. */
const FRESH_MS = 6000;
/** One socket is left so long after what is shared is back. */
const REUNITED_MS = 2000;
const CLOSING_MS = 50;
/** A replica finds out so late that what is shared is back. */
const JUST_AWAY_MS = 600;
const ROUNDING_MS = 1.5;

/** Three replicas through ninety seconds of faults, and what was found wrong. The same seed lives the same world. */
export async function runFeedWorld(
  seed: number,
  { mutant, trace }: { readonly mutant?: FeedMutant; readonly trace?: (line: string) => void } = {},
): Promise<FeedWorldReport> {
  const life = new FeedWorldLife(seed, mutant, trace);
  await life.run();
  return { findings: life.findings, counts: life.counts };
}

type Resident = { replica: FeedReplica; wishes: readonly Wish[]; readonly symbols: readonly string[] };

class FeedWorldLife {
  readonly findings: string[] = [];
  readonly counts: Record<string, number> = {};
  readonly #chance: Chance;
  readonly #clock = createManualClock();
  readonly #world = createFleetWorld(this.#clock);
  readonly #exchange = new FakeExchange(this.#clock);
  readonly #residents: Resident[] = [];
  readonly #ids: IdSource;
  readonly #trace: (line: string) => void;
  #newestEpoch = 0;
  #handedEpoch: number | undefined;
  #faultEndsAtMs = 0;
  #awayEndsAtMs = -Infinity;
  #standstillEndsAtMs = -Infinity;

  constructor(seed: number, mutant: FeedMutant | undefined, trace: (line: string) => void = () => {}) {
    this.#trace = trace;
    this.#chance = createChance(seed);
    let uuids = 0;
    this.#ids = {
      uuid: () => `id-${(uuids += 1)}`,
      secret: () => 'none',
      fraction: () => this.#chance.next(),
    };
    this.#watchLeases();
    this.#watchMessages(mutant);
  }

  async run(): Promise<void> {
    for (const symbol of SYMBOLS) this.#exchange.change(symbol);
    for (let n = 0; n < 3; n += 1) this.#move(this.#chance.shuffled(SYMBOLS).slice(0, this.#chance.between(1, 5)));
    this.#changeSoon();
    this.#faultSoon();
    this.#priceSoon();
    for (let atMs = 0; atMs < WORLD_MS; atMs += CHECK_EVERY_MS) {
      await this.#clock.advance(CHECK_EVERY_MS);
      this.#check();
    }
  }

  #found(what: string): void {
    this.#say(what);
    if (this.findings.length < 20) this.findings.push(`${Math.round(this.#clock.monotonicMs())} ${what}`);
  }

  #say(what: string): void {
    this.#trace(`${Math.round(this.#clock.monotonicMs())} ${what}`);
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  #watchLeases(): void {
    const { leases } = this.#world;
    const { acquire } = leases;
    Object.assign(leases, {
      acquire: async (...asked: Parameters<typeof acquire>) => {
        const grant = await acquire(...asked);
        if (grant !== undefined && grant.epoch > this.#newestEpoch) {
          this.#newestEpoch = grant.epoch;
          this.#count('takeovers');
          this.#say(`${asked[1]} is the owner under ${grant.epoch}`);
        }
        return grant;
      },
    });
  }

  /** Nobody speaks under an epoch that is over, and nobody is handed what was said under one. */
  #watchMessages(mutant: FeedMutant | undefined): void {
    this.#world.onPublish = ({ kind }, text) => {
      if (kind !== 'feed') return text;
      const fields = JSON.parse(text) as Record<string, unknown>;
      if (fields['run'] !== 0 && fields['epoch'] !== this.#newestEpoch) this.#found('spoke under an old epoch');
      const isAltered = mutant !== undefined && fields['run'] !== 0;
      return isAltered ? JSON.stringify({ ...FEED_MUTANTS[mutant](fields), was: fields['epoch'] }) : text;
    };
    this.#world.onDeliver = ({ kind }, text, hand) => {
      const fields = kind === 'feed' ? (JSON.parse(text) as Record<string, unknown>) : {};
      this.#handedEpoch = kind === 'feed' ? Number(fields['was'] ?? fields['epoch']) : undefined;
      hand();
      this.#handedEpoch = undefined;
    };
  }

  #move(symbols: readonly string[], at = this.#residents.length): void {
    const replica = createFeedReplica(this.#world, this.#exchange, { ids: this.#ids });
    const wishes = symbols.map((symbol) => this.#want(replica, symbol));
    this.#residents[at] = { replica, symbols, wishes };
  }

  #want(replica: FeedReplica, symbol: string): Wish {
    let newest = 0;
    return replica.want(symbol, (version) => {
      this.#count('values');
      const { replica: name } = replica.replica.fleet;
      if (version < newest) this.#found(`${name}: ${symbol} went back from ${newest} to ${version}`);
      newest = Math.max(newest, version);
      const epoch = this.#handedEpoch ?? this.#ownEpoch(replica);
      if (epoch !== undefined && epoch < this.#newestEpoch)
        this.#found(`${name}: ${symbol} was told under an old epoch`);
    });
  }

  /** Of what a replica's own socket tells; none while it serves only itself. */
  #ownEpoch({ duty }: FeedReplica): number | undefined {
    const isCutOff = this.#clock.monotonicMs() <= this.#awayEndsAtMs + JUST_AWAY_MS;
    return duty.standing.kind === 'held' && (duty.isHeld() || !isCutOff) ? duty.standing.epoch : undefined;
  }

  #changeSoon(): void {
    this.#clock.after(this.#chance.between(5, 60), () => {
      this.#exchange.change(this.#chance.pick(SYMBOLS));
      this.#changeSoon();
    });
  }

  /** Whatever an order is priced by was the market when it is said to have been, and not too long ago. */
  #priceSoon(): void {
    this.#clock.after(this.#chance.between(50, 800), () => {
      const resident = this.#chance.pick(this.#residents as [Resident, ...Resident[]]);
      const symbol = this.#chance.pick(SYMBOLS);
      resident.replica.replica.outside(() => void this.#price(resident, symbol));
      this.#priceSoon();
    });
  }

  async #price({ replica }: Resident, symbol: string): Promise<void> {
    const market = await replica.price(symbol).catch(() => undefined);
    this.#count(market === undefined ? 'unpriced' : 'priced');
    const [quote] = market?.quotes ?? [];
    if (market === undefined || quote === undefined) return;
    const overdueMs = this.#exchange.overdueMs(symbol, Number(quote.bid), this.#clock.monotonicMs() - market.ageMs);
    if (overdueMs <= ROUNDING_MS && market.ageMs <= MAX_QUOTE_AGE_MS) return;
    this.#found(`${replica.replica.fleet.replica}: a price of ${symbol} was made ${overdueMs} ms after it was not`);
  }

  #faultSoon(): void {
    const isLong = this.#chance.is(0.3);
    this.#clock.after(isLong ? this.#chance.between(8000, 12_000) : this.#chance.between(50, 3000), () => {
      this.#fault();
      this.#faultSoon();
    });
  }

  #lasts(ms: number): void {
    this.#faultEndsAtMs = Math.max(this.#faultEndsAtMs, this.#clock.monotonicMs() + ms);
  }

  #fault(): void {
    const at = this.#chance.between(0, this.#residents.length - 1);
    const resident = this.#residents[at];
    if (resident === undefined) return;
    const fault = this.#chance.pick(['kill', 'freeze', 'freeze', 'away', 'away', 'loss', 'drop', 'handOver'] as const);
    this.#count(fault);
    this.#say(`${fault} at ${resident.replica.replica.fleet.replica}`);
    this.#lasts(0);
    switch (fault) {
      case 'kill':
        this.#kill(resident, at);
        break;
      case 'freeze':
        this.#freeze(resident);
        break;
      case 'away':
        this.#away();
        break;
      case 'loss':
        this.#lose();
        break;
      case 'drop':
        this.#exchange.drop();
        break;
      case 'handOver':
        resident.replica.replica.outside(() => void resident.replica.relay.handOver());
        break;
    }
  }

  #kill({ replica, symbols }: Resident, at: number): void {
    replica.replica.kill();
    this.#exchange.cutOff(replica.replica);
    this.#move(symbols, at);
  }

  #freeze({ replica: { replica } }: Resident): void {
    const forMs = this.#chance.is(0.5) ? this.#chance.between(300, LEASE_TTL_MS) : this.#chance.between(3000, 10_000);
    const first = this.#chance.pick(['arrivals', 'timers'] as const);
    replica.freeze();
    this.#say(`for ${forMs} ms, then ${first} first`);
    this.#lasts(forMs);
    this.#standstillEndsAtMs = Math.max(this.#standstillEndsAtMs, this.#clock.monotonicMs() + forMs);
    this.#clock.after(forMs, () => replica.thaw(first));
  }

  #away(): void {
    const forMs = this.#chance.is(0.5) ? this.#chance.between(100, 2500) : this.#chance.between(2500, 15_000);
    const isForAll = this.#chance.is(0.6);
    const cutOff = isForAll ? this.#residents : [this.#chance.pick(this.#residents as [Resident, ...Resident[]])];
    const replicas = cutOff.map(({ replica }) => replica.replica);
    for (const replica of replicas) replica.setAway(true);
    this.#say(`for ${forMs} ms: ${replicas.map(({ fleet }) => fleet.replica).join(' ')}`);
    this.#lasts(forMs);
    this.#awayEndsAtMs = Math.max(this.#awayEndsAtMs, this.#clock.monotonicMs() + forMs);
    this.#clock.after(forMs, () => {
      for (const replica of replicas) replica.setAway(false);
    });
  }

  #lose(): void {
    const forMs = this.#chance.between(50, 1500);
    const share = this.#chance.pick([0.1, 0.5, 1] as const);
    this.#world.loses = () => this.#chance.is(share);
    this.#lasts(forMs);
    this.#clock.after(forMs, () => {
      this.#world.loses = () => false;
    });
  }

  #check(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#checkSockets(nowMs);
    this.#checkTruth();
    if (nowMs > this.#faultEndsAtMs + FRESH_MS) this.#checkFresh();
  }

  /** Only while what is shared is away has a tenant more than one; and the one of a process that stands still is nobody's to close. */
  #checkSockets(nowMs: number): void {
    if (nowMs <= this.#awayEndsAtMs + REUNITED_MS) return;
    const lines = [...this.#exchange.lines];
    const standing =
      nowMs <= this.#standstillEndsAtMs + CLOSING_MS ? lines.filter((line) => line.replica.isFrozen) : [];
    if (lines.length - standing.length > 1 && nowMs > this.#standstillEndsAtMs + CLOSING_MS) {
      this.#found(`${lines.length} sockets`);
    }
  }

  /** What is called current now was so when it is said to have been. */
  #checkTruth(): void {
    for (const { replica, wishes } of this.#residents) {
      if (replica.replica.isFrozen) continue;
      for (const wish of wishes) {
        const held = wish.current();
        if (held === undefined) continue;
        this.#count('looks');
        const confirmedAtMs = Math.max(held.receivedAtMs, held.run.heardAtMs);
        const overdueMs = this.#exchange.overdueMs(wish.symbol, versionOf(held), confirmedAtMs);
        if (overdueMs <= ROUNDING_MS) continue;
        this.#found(
          `${replica.replica.fleet.replica}: ${wish.symbol} was called current ${overdueMs} ms after it was not`,
        );
      }
    }
  }

  #checkFresh(): void {
    this.#count('calm');
    for (const { replica, wishes } of this.#residents) {
      for (const wish of wishes) {
        const held = wish.current();
        if (held === undefined) this.#found(`${wish.symbol} is not fresh again on ${replica.replica.fleet.replica}`);
      }
    }
  }
}
