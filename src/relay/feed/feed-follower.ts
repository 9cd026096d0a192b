import type { Wanted } from '../../broker/broker.ts';
import { wantedKey } from '../../broker/quotes/market-feed.ts';
import type { FeedRun } from '../../broker/quotes/market-feed.ts';
import type { Timer } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import { type Bulletin, readBulletin, writeWants } from './feed-messages.ts';
import type { FeedRole, RoleParts } from './feed-role.ts';
import { FollowedRun, OWNER_SILENCE_MS, UNANSWERED_MS } from './followed-run.ts';
import { SenderClock } from './sender-clock.ts';
import { ToldWants } from './told-wants.ts';

/** Wants are told together when they come within this time. */
const BATCH_MS = 20;
const WATCH_MS = 500;
const HEARTBEAT_MS = 1000;
/** A message that took longer is no news: this process stood still, or something before it did. */
const LATE_MS = OWNER_SILENCE_MS;

/** The owner's messages in order, from the first that answered us on. `answeredAtMs`: of the last that it has answered. */
type Sync = { nextSeq: number; saidAtMs: number; answeredAtMs: number };

/** A replica without the socket: tells the owner what is wanted here, and takes its values under the newest epoch only. */
export class FeedFollower implements FeedRole {
  readonly #parts: RoleParts;
  readonly #id: string;
  readonly #wants = new ToldWants();
  #senderClock: SenderClock;
  #leave: (() => void) | undefined;
  #isJoining = false;
  #isActive = false;
  #isClosed = false;
  #sync: Sync | undefined;
  #lostAtMs: number | undefined;
  #run: FollowedRun | undefined;
  readonly #inbox: Bulletin[] = [];
  #room = Infinity;
  #watch: Timer | undefined;
  #pump: Timer | undefined;
  #saidAtMs = -Infinity;

  constructor(parts: RoleParts) {
    this.#parts = parts;
    this.#id = parts.ids.uuid();
    this.#senderClock = new SenderClock(parts.clock);
    if (parts.wanted.size > 0) this.#activate();
  }

  add(wanted: Wanted): boolean {
    if (!this.#wants.isTold(wantedKey(wanted)) && this.#wants.unheard >= this.#room) return false;
    this.#wants.add(wanted);
    if (this.#isActive) this.#pumpSoon();
    // What is wanted is known to our caller after this call.
    else this.#parts.clock.after(0, () => this.#activate());
    return true;
  }

  remove(wanted: Wanted): void {
    this.#wants.remove(wanted);
    if (this.#isActive) this.#pumpSoon();
  }

  run(): FeedRun | undefined {
    return this.#run;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#deactivate();
  }

  #activate(): void {
    if (this.#isActive || this.#isClosed || this.#parts.wanted.size === 0) return;
    this.#isActive = true;
    this.#watch = this.#parts.clock.every(WATCH_MS, () => this.#onWatch());
    void this.#join();
  }

  #deactivate(): void {
    if (!this.#isActive) return;
    this.#isActive = false;
    this.#watch?.cancel();
    this.#pump?.cancel();
    this.#pump = undefined;
    this.#say(true);
    this.#leave?.();
    this.#leave = undefined;
    this.#endRun();
    this.#sync = undefined;
  }

  async #join(): Promise<void> {
    if (this.#isJoining || this.#leave !== undefined) return;
    const { channels, tenant } = this.#parts;
    this.#isJoining = true;
    const leave = await channels
      .subscribe(
        { kind: 'feed', owner: tenant },
        { message: (text) => this.#onMessage(text), gap: () => this.#onGap() },
      )
      .catch(() => undefined);
    this.#isJoining = false;
    if (!this.#isActive) {
      leave?.();
      return;
    }
    this.#leave = leave;
    if (leave !== undefined) this.#tellAll();
  }

  #onMessage(text: string): void {
    if (!this.#isActive) return;
    const { tenant, epochs, observer, pulse, clock } = this.#parts;
    const bulletin = readBulletin(text, tenant);
    if (bulletin === undefined) return;
    if (bulletin.epoch < epochs.highest) {
      observer.epochRefused();
      return;
    }
    this.#inbox.push(bulletin);
    const nowMs = clock.monotonicMs();
    if (this.#inbox.length > 1) return;
    // After a standstill the word of a newer owner may wait behind that of an older one.
    if (pulse.arrivedMs(nowMs) < nowMs) clock.after(0, () => this.#readInbox());
    else this.#readInbox();
  }

  #readInbox(): void {
    const { epochs, duty, observer } = this.#parts;
    const bulletins = this.#inbox.splice(0);
    if (!this.#isActive) return;
    const epoch = Math.max(epochs.highest, ...bulletins.map((bulletin) => bulletin.epoch));
    if (epoch > epochs.highest) this.#onNewOwner(epoch);
    for (const bulletin of bulletins) {
      if (bulletin.epoch < epoch) observer.epochRefused();
      else this.#onBulletin(bulletin);
    }
    duty.heard();
  }

  #onNewOwner(epoch: number): void {
    this.#parts.epochs.highest = epoch;
    this.#senderClock = new SenderClock(this.#parts.clock);
    this.#tellAll();
  }

  #onBulletin(bulletin: Bulletin): void {
    const answeredAtMs = bulletin.answers[this.#id];
    if (answeredAtMs !== undefined) this.#senderClock.learn(answeredAtMs, bulletin.atMs);
    this.#room = bulletin.room;
    if (bulletin.unclear.includes(this.#id)) {
      this.#tellAll();
      return;
    }
    const sync = this.#sync ?? this.#newSync(bulletin, answeredAtMs);
    if (sync === undefined) return;
    const sentAtMs = this.#senderClock.toOurs(bulletin.atMs) ?? -Infinity;
    const lateMs = this.#parts.clock.monotonicMs() - sentAtMs;
    if (bulletin.seq !== sync.nextSeq || lateMs > Math.min(LATE_MS, bulletin.leaseMs)) {
      this.#onGap();
      return;
    }
    sync.nextSeq = bulletin.seq + 1;
    sync.saidAtMs = sentAtMs;
    sync.answeredAtMs = answeredAtMs ?? sync.answeredAtMs;
    this.#sync = sync;
    this.#take(bulletin, sync);
  }

  /** Only what was sent after the owner had heard that we are lost is the whole of what is known. */
  #newSync({ seq }: Bulletin, answeredAtMs: number | undefined): Sync | undefined {
    if (answeredAtMs === undefined || this.#lostAtMs === undefined || answeredAtMs < this.#lostAtMs) return undefined;
    this.#lostAtMs = undefined;
    return { nextSeq: seq, saidAtMs: -Infinity, answeredAtMs };
  }

  #take(bulletin: Bulletin, { saidAtMs, answeredAtMs }: Sync): void {
    const { listener } = this.#parts;
    if (bulletin.run !== (this.#run?.number ?? 0)) this.#enter(bulletin);
    const { leaseMs, silentMs } = bulletin;
    this.#run?.confirm({ saidAtMs, answeredAtMs, leaseMs });
    if (silentMs !== undefined) this.#run?.heardUntil(saidAtMs - silentMs);
    if (bulletin.refused.length > 0) listener.refused(bulletin.refused);
    if (bulletin.hasFailed) listener.failed(loginGone());
    for (const { event, ageMs } of bulletin.told) {
      if (this.#run === undefined || !this.#wants.wasToldBy(wantedKey(event), answeredAtMs)) continue;
      listener.event(event, this.#run, saidAtMs - ageMs);
    }
  }

  #enter({ epoch, run }: Bulletin): void {
    const { epochs, clock } = this.#parts;
    this.#endRun();
    if (run > 0) this.#run = new FollowedRun({ epoch, number: run, epochs, clock });
  }

  /** Something was missed: nothing is known until the owner has told it again. */
  #onGap(): void {
    if (!this.#isActive) return;
    this.#lose();
    this.#pumpSoon();
  }

  #lose(): void {
    this.#sync = undefined;
    this.#lostAtMs = undefined;
    this.#endRun();
  }

  #endRun(): void {
    if (this.#run === undefined) return;
    this.#run.end();
    this.#run = undefined;
    this.#parts.observer.gap();
    this.#parts.listener.interrupted();
  }

  #onWatch(): void {
    const { clock, wanted } = this.#parts;
    if (!this.#isActive) return;
    const nowMs = clock.monotonicMs();
    if (this.#sync !== undefined && isStale(this.#sync, nowMs)) this.#onGap();
    if (this.#leave === undefined) void this.#join();
    else if (nowMs - this.#saidAtMs < HEARTBEAT_MS - WATCH_MS / 2) return;
    else if (wanted.size === 0) this.#deactivate();
    else this.#say(false);
  }

  /** What the owner does not surely know that we want may have changed without a word. */
  #tellAll(): void {
    this.#lose();
    this.#wants.restart(this.#parts.wanted.values());
    this.#pumpSoon();
  }

  #pumpSoon(): void {
    if (this.#pump !== undefined || this.#leave === undefined) return;
    const { clock } = this.#parts;
    this.#pump = clock.after(Math.max(0, this.#saidAtMs + BATCH_MS - clock.monotonicMs()), () => {
      this.#pump = undefined;
      if (this.#isActive) this.#say(false);
    });
  }

  /** All that there is to say, and at least that we are here. */
  #say(isLeaving: boolean): void {
    if (this.#leave === undefined) return;
    this.#sayPart(isLeaving);
    while (this.#wants.hasNews) this.#sayPart(isLeaving);
  }

  #sayPart(isLeaving: boolean): void {
    const { channels, clock, tenant, epochs } = this.#parts;
    const isLost = this.#sync === undefined;
    const atMs = clock.monotonicMs();
    this.#saidAtMs = atMs;
    if (isLost) this.#lostAtMs ??= atMs;
    const head = { tenant, from: this.#id, epoch: epochs.highest, atMs, isLost, isLeaving };
    const text = writeWants({ ...head, ...this.#wants.next(atMs) });
    channels.publish({ kind: 'feed-wants', owner: tenant }, text).catch(() => {
      if (this.#isActive) this.#tellAll();
    });
  }
}

function isStale({ saidAtMs, answeredAtMs }: Sync, nowMs: number): boolean {
  return nowMs - saidAtMs > OWNER_SILENCE_MS || nowMs - answeredAtMs > UNANSWERED_MS;
}

function loginGone(): GatewayError {
  return new GatewayError('reconnect_needed', 'The broker no longer accepts this tenant’s login for market data.');
}
