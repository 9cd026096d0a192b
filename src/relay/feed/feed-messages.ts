import { z } from 'zod';
import type { Wanted } from '../../broker/broker.ts';
import { NUMBER_FIELDS } from '../../broker/dxlink/market-events.ts';
import type { MarketEvent } from '../../broker/model/quote.ts';
import { streamerSymbol } from '../../broker/model/symbol.ts';
import { epochMs } from '../../core/clock.ts';
import { parseDecimal } from '../../core/decimal.ts';

/** One value, and how long before the message its owner received it, in milliseconds. */
export type ToldValue = { readonly event: MarketEvent; readonly ageMs: number };

/** From the owner of a tenant's feed to all who follow it. */
export type Bulletin = {
  readonly tenant: string;
  readonly epoch: number;
  /** 1 for the first of an epoch, then one more each time: whoever sees another number has missed something. */
  readonly seq: number;
  /** The owner's monotonic clock, in milliseconds. */
  readonly atMs: number;
  /** For how long after `atMs` the owner surely is the owner. */
  readonly leaseMs: number;
  /** Another number, another run of the feed; 0: none is on. */
  readonly run: number;
  /** How long before this the feed was last heard. Absent from all but the last part of what is told at one time. */
  readonly silentMs?: number | undefined;
  /** How many entries more the feed takes. */
  readonly room: number;
  /** By follower, the clock reading of its last message that this one answers. */
  readonly answers: Readonly<Record<string, number>>;
  /** Followers whose wants are not known for sure: they tell all of them again. */
  readonly unclear: readonly string[];
  readonly refused: readonly Wanted[];
  /** The tenant's login is gone. */
  readonly hasFailed: boolean;
  readonly told: readonly ToldValue[];
};

/** From a follower to the owner: what it wants, as a change of what it has said before. */
export type Wants = {
  readonly tenant: string;
  readonly from: string;
  /** The highest epoch that it has seen. */
  readonly epoch: number;
  /** The follower's monotonic clock, in milliseconds. */
  readonly atMs: number;
  /** What it has said before is void. */
  readonly reset: boolean;
  readonly add: readonly Wanted[];
  readonly remove: readonly Wanted[];
  /** It wants the feed to tell these anew. */
  readonly again: readonly Wanted[];
  /** It may have missed values: all that are known are told once more. */
  readonly isLost: boolean;
  readonly isLeaving: boolean;
  /** Of the whole set after this change. */
  readonly size: number;
  readonly digest: number;
};

const VERSION = 1;
const MAX_SYMBOL = 200;
const MAX_ITEMS = 5000;
const MAX_FOLLOWERS = 500;

const count = z.number().int().nonnegative();
const ms = z.number().finite();
const name = z.string().min(1).max(MAX_SYMBOL);
const kind = z.enum(['Quote', 'Trade', 'Greeks', 'Summary']);
const wanted = z.tuple([kind, name]);
const wantedList = z.array(wanted).max(MAX_ITEMS);
const toldValue = z.tuple([kind, name, ms, ms.nonnegative(), z.record(z.string(), z.string())]);

const bulletin = z.object({
  v: z.literal(VERSION),
  tenant: z.string(),
  epoch: count,
  seq: count,
  at: ms,
  lease: ms.nonnegative(),
  run: count,
  silent: ms.nonnegative().optional(),
  room: count,
  answers: z.record(name, ms),
  unclear: z.array(name).max(MAX_FOLLOWERS),
  refused: wantedList,
  failed: z.boolean(),
  told: z.array(toldValue).max(MAX_ITEMS),
});

const wants = z.object({
  v: z.literal(VERSION),
  tenant: z.string(),
  from: name,
  epoch: count,
  at: ms,
  reset: z.boolean(),
  add: wantedList,
  remove: wantedList,
  again: wantedList,
  lost: z.boolean(),
  leaving: z.boolean(),
  size: count,
  digest: count,
});

type WantedPair = z.infer<typeof wanted>;
type ValueTuple = z.infer<typeof toldValue>;

export function writeBulletin(message: Bulletin): string {
  const { tenant, epoch, seq, run, room, answers, unclear } = message;
  return JSON.stringify({
    v: VERSION,
    tenant,
    epoch,
    seq,
    at: message.atMs,
    lease: message.leaseMs,
    run,
    ...(message.silentMs === undefined ? {} : { silent: message.silentMs }),
    room,
    answers,
    unclear,
    refused: message.refused.map(toPair),
    failed: message.hasFailed,
    told: message.told.map(toTuple),
  });
}

/** `undefined` for whatever is no bulletin of this tenant's. Never throws. */
export function readBulletin(text: string, tenant: string): Bulletin | undefined {
  const parsed = bulletin.safeParse(parseJson(text));
  if (!parsed.success || parsed.data.tenant !== tenant) return undefined;
  const { epoch, seq, at, lease, run, silent, room, answers, unclear, refused, failed, told } = parsed.data;
  const values = told.map(fromTuple);
  if (values.includes(undefined)) return undefined;
  return {
    tenant,
    epoch,
    seq,
    atMs: at,
    leaseMs: lease,
    run,
    silentMs: silent,
    room,
    answers,
    unclear,
    refused: refused.map(fromPair),
    hasFailed: failed,
    told: values.filter((value) => value !== undefined),
  };
}

export function writeWants(message: Wants): string {
  const { tenant, from, epoch, reset, size, digest } = message;
  return JSON.stringify({
    v: VERSION,
    tenant,
    from,
    epoch,
    at: message.atMs,
    reset,
    add: message.add.map(toPair),
    remove: message.remove.map(toPair),
    again: message.again.map(toPair),
    lost: message.isLost,
    leaving: message.isLeaving,
    size,
    digest,
  });
}

/** `undefined` for whatever is no message of a follower of this tenant's feed. Never throws. */
export function readWants(text: string, tenant: string): Wants | undefined {
  const parsed = wants.safeParse(parseJson(text));
  if (!parsed.success || parsed.data.tenant !== tenant) return undefined;
  const { at, add, remove, again, lost, leaving, ...rest } = parsed.data;
  return {
    ...rest,
    atMs: at,
    add: add.map(fromPair),
    remove: remove.map(fromPair),
    again: again.map(fromPair),
    isLost: lost,
    isLeaving: leaving,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const toPair = ({ kind, symbol }: Wanted): WantedPair => [kind, symbol];
const fromPair = ([kind, symbol]: WantedPair): Wanted => ({ kind, symbol: streamerSymbol(symbol) });

function toTuple({ event, ageMs }: ToldValue): ValueTuple {
  const { kind, symbol, asOf, ...fields } = event;
  return [kind, symbol, asOf, ageMs, fields];
}

/** `undefined` when a field is none of its kind, or no number: such an event is not guessed at. */
function fromTuple([kind, symbol, asOf, ageMs, texts]: ValueTuple): ToldValue | undefined {
  const fields: Record<string, unknown> = {};
  for (const [field, text] of Object.entries(texts)) {
    const value = NUMBER_FIELDS[kind].includes(field) ? parseDecimal(text) : undefined;
    if (value === undefined) return undefined;
    fields[field] = value;
  }
  return { event: { kind, symbol: streamerSymbol(symbol), asOf: epochMs(asOf), ...fields }, ageMs };
}
