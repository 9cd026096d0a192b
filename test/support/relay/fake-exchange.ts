import type { Wanted } from '../../../src/broker/broker.ts';
import { streamerSymbol } from '../../../src/broker/model/symbol.ts';
import { wantedKey } from '../../../src/broker/quotes/market-feed.ts';
import type { FeedListener, FeedRun, MarketFeed, OpenFeed } from '../../../src/broker/quotes/market-feed.ts';
import { decimal } from '../../../src/core/decimal.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import type { Clock } from '../../../src/core/clock.ts';
import type { WorldReplica } from './fleet-world.ts';

type Line = { readonly replica: WorldReplica; readonly feed: FakeFeed };
type Change = { readonly version: number; readonly atMs: number };

const CONNECT_MS = 40;
const KEEPALIVE_MS = 1000;
const RECONNECT_MS = 300;

export const quoteOf = (symbol: string): Wanted<'Quote'> => ({ kind: 'Quote', symbol: streamerSymbol(symbol) });

/** One tenant's market, with the history of every symbol: what it was at any moment is known exactly. */
export class FakeExchange {
  readonly clock: Clock;
  /** Sockets that the broker counts as open now. */
  readonly lines = new Set<Line>();
  readonly history = new Map<string, Change[]>();
  /** How many entries one connection may hold. */
  cap = Infinity;
  /** The login of the tenant is gone. */
  isRevoked = false;
  /** Lines stay open, and nothing comes over them. */
  isHalfOpen = false;
  /** How often a symbol was asked for on a connection. */
  asked = 0;
  opened = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** The next version of a symbol's quote. */
  change(symbol: string): void {
    const changes = this.history.get(symbol) ?? [];
    const version = (changes.at(-1)?.version ?? 0) + 1;
    this.history.set(symbol, [...changes, { version, atMs: this.clock.monotonicMs() }]);
    for (const { feed } of this.lines) feed.told(symbol);
  }

  /** How long before `atMs` this version was replaced by the next: what is claimed to be current then was not. 0 when it was. */
  overdueMs(symbol: string, version: number, atMs: number): number {
    const next = this.history.get(symbol)?.find((change) => change.version === version + 1);
    return next === undefined ? 0 : Math.max(0, atMs - next.atMs);
  }

  version(symbol: string): number {
    return this.history.get(symbol)?.at(-1)?.version ?? 0;
  }

  /** Cuts every line. */
  drop(): void {
    for (const { feed } of this.lines) feed.drop();
  }

  /** The process is gone, and the kernel has closed what it had open. */
  cutOff(replica: WorldReplica): void {
    for (const line of this.lines) if (line.replica === replica) this.lines.delete(line);
  }

  openFor(replica: WorldReplica): OpenFeed {
    return (listener) => new FakeFeed(this, replica, listener);
  }
}

type Run = { unbroken: boolean; heardAtMs: number };

/** The replica's end: like the real feed, it comes back by itself, and says nothing of what has not changed. */
class FakeFeed implements MarketFeed {
  readonly #exchange: FakeExchange;
  readonly #replica: WorldReplica;
  readonly #listener: FeedListener;
  readonly #wanted = new Map<string, Wanted>();
  #line: Line | undefined;
  #run: Run | undefined;
  #isConnecting = false;
  #isClosed = false;
  readonly #keepalive;

  constructor(exchange: FakeExchange, replica: WorldReplica, listener: FeedListener) {
    this.#exchange = exchange;
    this.#replica = replica;
    this.#listener = listener;
    this.#keepalive = exchange.clock.every(KEEPALIVE_MS, () => this.#receive(() => {}));
  }

  add(wanted: Wanted): boolean {
    const key = wantedKey(wanted);
    if (this.#wanted.has(key)) return true;
    if (this.#wanted.size >= this.#exchange.cap) return false;
    this.#wanted.set(key, wanted);
    if (this.#run === undefined) this.#connectSoon(0);
    else this.#ask([wanted]);
    return true;
  }

  remove(wanted: Wanted): void {
    this.#wanted.delete(wantedKey(wanted));
  }

  run(): FeedRun | undefined {
    return this.#run;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#keepalive.cancel();
    this.#end();
    await this.#replica.clock.sleep(5);
    if (this.#line !== undefined) this.#exchange.lines.delete(this.#line);
    this.#line = undefined;
  }

  told(symbol: string): void {
    const version = this.#exchange.version(symbol);
    const wanted = quoteOf(symbol);
    if (version === 0) return;
    this.#receive(() => {
      if (this.#run === undefined || !this.#wanted.has(wantedKey(wanted))) return;
      const event = { ...wanted, bid: decimal(version), ask: decimal(version + 1), asOf: this.#replica.clock.now() };
      this.#listener.event(event, this.#run);
    });
  }

  drop(): void {
    if (this.#line === undefined) return;
    this.#exchange.lines.delete(this.#line);
    this.#line = undefined;
    this.#replica.outside(() => {
      this.#end();
      this.#connectSoon(RECONNECT_MS);
    });
  }

  #connectSoon(ms: number): void {
    if (this.#isConnecting || this.#isClosed || this.#line !== undefined) return;
    this.#isConnecting = true;
    this.#replica.clock.after(ms + CONNECT_MS, () => this.#connect());
  }

  #connect(): void {
    this.#isConnecting = false;
    if (this.#isClosed) return;
    if (this.#exchange.isRevoked) {
      this.#listener.failed(new GatewayError('reconnect_needed', 'Gone.'));
      return;
    }
    this.#line = { replica: this.#replica, feed: this };
    this.#exchange.lines.add(this.#line);
    this.#exchange.opened += 1;
    this.#run = { unbroken: true, heardAtMs: this.#replica.clock.monotonicMs() };
    this.#ask([...this.#wanted.values()]);
  }

  #ask(all: readonly Wanted[]): void {
    this.#exchange.asked += all.length;
    this.#exchange.clock.after(2, () => {
      for (const { symbol } of all) this.told(symbol);
    });
  }

  /** Whatever comes over the line is late by as long as this process stands still. */
  #receive(task: () => void): void {
    const line = this.#line;
    if (line === undefined || this.#exchange.isHalfOpen) return;
    this.#replica.outside(() => {
      if (this.#line !== line || this.#run === undefined) return;
      this.#run.heardAtMs = this.#replica.clock.monotonicMs();
      task();
    });
  }

  #end(): void {
    if (this.#run === undefined) return;
    this.#run.unbroken = false;
    this.#run = undefined;
    this.#listener.interrupted();
  }
}
