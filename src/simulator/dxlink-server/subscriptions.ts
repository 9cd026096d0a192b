import type { WireObject } from '../engine/desk.ts';
import { isEventType, type EventType } from './event-types.ts';

export type Subscription = {
  readonly type: EventType;
  readonly symbol: string;
  /** Epoch milliseconds; a candle without one has no past. */
  readonly fromTime: number;
  /** The change key of what the client was told last. */
  told: string | undefined;
};

/** What one channel wants. */
export type Subscriptions = {
  /** Applies reset, remove and add in this order, and returns what was added; `roomFor` is asked for every new entry. */
  change(
    message: WireObject,
    roomFor: (type: EventType) => boolean,
  ): { added: readonly Subscription[]; refused: number };
  /** The next ones to look at, round and round; fewer than a full batch at the end of a round. */
  nextBatch(): readonly Subscription[];
  isMidRound(): boolean;
  count(type?: EventType): number;
};

/** Further ones wait for the next tick, so that one great subscription cannot hold up the rest. */
const BATCH = 2_000;

export function createSubscriptions(): Subscriptions {
  const wanted = new Map<string, Subscription>();
  let round: Iterator<Subscription> | undefined;

  return {
    change(message, roomFor) {
      if (message['reset'] === true) wanted.clear();
      for (const entry of entriesOf(message['remove'])) wanted.delete(keyOf(entry));
      const asked = entriesOf(message['add']);
      const added = asked.filter((entry) => {
        const fits = wanted.has(keyOf(entry)) || roomFor(entry.type);
        if (fits) wanted.set(keyOf(entry), entry);
        return fits;
      });
      return { added, refused: asked.length - added.length };
    },
    nextBatch() {
      const batch: Subscription[] = [];
      round ??= wanted.values();
      while (batch.length < BATCH) {
        const step = round.next();
        if (step.done === true) {
          round = undefined;
          return batch;
        }
        batch.push(step.value);
      }
      return batch;
    },
    isMidRound: () => round !== undefined,
    count: (type) =>
      type === undefined ? wanted.size : [...wanted.values()].filter((entry) => entry.type === type).length,
  };
}

const keyOf = ({ type, symbol }: Subscription): string => `${type} ${symbol}`;

const entriesOf = (value: unknown): readonly Subscription[] =>
  (Array.isArray(value) ? value : []).flatMap((item: unknown) => entryOf(item) ?? []);

function entryOf(item: unknown): Subscription | undefined {
  if (typeof item !== 'object' || item === null || !('type' in item) || !('symbol' in item)) return undefined;
  const { type, symbol } = item;
  if (!isEventType(type) || typeof symbol !== 'string') return undefined;
  const fromTime = 'fromTime' in item && typeof item.fromTime === 'number' ? item.fromTime : Number.POSITIVE_INFINITY;
  return { type, symbol, fromTime, told: undefined };
}
