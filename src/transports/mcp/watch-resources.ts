import type { Caller } from '../../auth/caller.ts';
import type { Clock } from '../../core/clock.ts';
import { asGatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { mapAtMost } from '../../core/map-at-most.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import type { Registry } from '../../tools/registry.ts';
import { findResource } from './find-resource.ts';
import { type SpacedOut, spaceOut } from './space-out.ts';
import { subjectOf } from './visit.ts';
import type { WatchSlots } from './watch-slots.ts';
import { MAX_WATCHED } from './watched-uris.ts';

/** What one stream watches for its caller. */
export type ResourceWatch = {
  /** Watches these and nothing else, as far as the caller may. Never rejects; resolves when it listens. */
  set(uris: readonly string[]): Promise<void>;
  readonly uris: readonly string[];
  /** Lets go of everything. Idempotent. */
  close(): void;
};

export type ResourceWatchParts = {
  readonly registry: Registry;
  readonly caller: Caller;
  /** Opens all that the caller may touch, as it is at that moment. */
  readonly openContext: (signal: AbortSignal) => Promise<TenantContext>;
  readonly slots: WatchSlots;
  readonly clock: Clock;
  readonly log: Log;
  readonly onUpdate: (uri: string) => void;
  /** The caller may not go on: its tenant is no longer served. */
  readonly onRefused: () => void;
};

/** A client is told of one resource this often at most, however fast it changes. */
const SPACING_MS = 1000;
/** Shorter than an unused broker connection is kept: whoever watches uses it. */
const RENEW_MS = 60_000;
const AT_ONCE = 4;

type Watched = { readonly told: SpacedOut; readonly giveBack: () => void; stop?: () => void };

export function watchResources(parts: ResourceWatchParts): ResourceWatch {
  return new LiveWatch(parts);
}

class LiveWatch implements ResourceWatch {
  readonly #parts: ResourceWatchParts;
  readonly #watched = new Map<string, Watched>();
  readonly #life = new AbortController();
  readonly #renewal: { cancel(): void };
  /** One step after the other. */
  #last: Promise<void> = Promise.resolve();
  #broker: TenantContext['broker'] | undefined;

  constructor(parts: ResourceWatchParts) {
    this.#parts = parts;
    this.#renewal = parts.clock.every(RENEW_MS, () => void this.#next(() => this.#renew()));
  }

  get uris(): readonly string[] {
    return [...this.#watched.keys()];
  }

  set(uris: readonly string[]): Promise<void> {
    return this.#next(async () => {
      const wanted = new Set(uris.slice(0, MAX_WATCHED));
      for (const uri of this.uris) if (!wanted.has(uri)) this.#drop(uri);
      for (const uri of wanted) this.#add(uri);
      await this.#renew();
    });
  }

  close(): void {
    this.#life.abort();
    this.#renewal.cancel();
    for (const uri of this.uris) this.#drop(uri);
  }

  #next(step: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(async () => {
      if (!this.#life.signal.aborted) await step();
    });
    return this.#last;
  }

  #add(uri: string): void {
    if (this.#watched.has(uri)) return;
    const { slots, caller, clock, log, onUpdate } = this.#parts;
    const giveBack = slots.take(subjectOf(caller));
    if (giveBack === undefined) {
      log.info({ watched: this.#watched.size }, 'A resource is not watched: too many are for this subject');
      return;
    }
    this.#watched.set(uri, { told: spaceOut(clock, SPACING_MS, () => onUpdate(uri)), giveBack });
  }

  #drop(uri: string): void {
    const watched = this.#watched.get(uri);
    if (watched === undefined) return;
    this.#watched.delete(uri);
    watched.told.stop();
    watched.stop?.();
    watched.giveBack();
  }

  /** Starts what does not run: it is new, it ended, or the broker connection was made anew. Keeps the connection in use. */
  async #renew(): Promise<void> {
    if (this.#watched.size === 0) return;
    try {
      const context = await this.#parts.openContext(this.#life.signal);
      if (this.#broker !== context.broker) this.#stopAll();
      this.#broker = context.broker;
      const idle = [...this.#watched].filter(([, { stop }]) => stop === undefined);
      await mapAtMost(AT_ONCE, idle, ([uri, watched]) => this.#start(uri, watched, context));
    } catch (error) {
      if (asGatewayError(error).code === 'tenant_unknown') this.#parts.onRefused();
      else this.#parts.log.debug({ error }, 'What is watched could not be looked after; it is tried again');
    }
  }

  #stopAll(): void {
    for (const watched of this.#watched.values()) {
      watched.stop?.();
      delete watched.stop;
    }
  }

  async #start(uri: string, watched: Watched, context: TenantContext): Promise<void> {
    const { registry, caller, log } = this.#parts;
    const found = findResource(registry.catalogueFor(caller.scopes), uri);
    let stop: (() => void) | undefined;
    let hasEnded = false;
    const listener = {
      changed: () => watched.told.tell(),
      ended() {
        hasEnded = true;
        if (watched.stop === stop) delete watched.stop;
      },
    };
    try {
      stop = (await found?.watch?.(context, listener)) ?? (() => {});
      if (this.#watched.get(uri) !== watched) stop();
      else if (!hasEnded) watched.stop = stop;
    } catch (error) {
      log.debug({ error }, 'A resource is not watched now');
    }
  }
}
