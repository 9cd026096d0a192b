import type { WireObject } from '../engine/desk.ts';
import { EVENT_FIELDS, isEventType, type EventType, type EventValues } from './event-types.ts';
import { feedData, type DataFormat } from './feed-data.ts';

/** Puts events into the format and fields that a channel's client has set up. */
export type FeedWriter = {
  isSetUp(): boolean;
  /** Later set-ups add to earlier ones: clients name only the types they have newly touched. */
  setUp(message: WireObject): void;
  /** Milliseconds between two looks at the values. */
  periodMs(): number;
  write(type: EventType, rows: readonly EventValues[]): void;
};

export type FeedWriterOptions = {
  readonly channel: number;
  readonly send: (message: object) => void;
  readonly tickMs: number;
  /** A format that the server has fallen into, whatever the client set up. */
  readonly forcedFormat: () => DataFormat | undefined;
};

const MAX_PERIOD_SECONDS = 60;

export function createFeedWriter({ channel, send, tickMs, forcedFormat }: FeedWriterOptions): FeedWriter {
  const fields = new Map<EventType, readonly string[]>();
  const announced = new Set<EventType>();
  let format: DataFormat | undefined;
  let periodMs = tickMs;

  function announce(dataFormat: DataFormat): void {
    for (const type of fields.keys()) announced.add(type);
    const eventFields = fields.size === 0 ? {} : { eventFields: Object.fromEntries(fields) };
    send({ type: 'FEED_CONFIG', channel, dataFormat, aggregationPeriod: periodMs / 1000, ...eventFields });
  }

  return {
    isSetUp: () => format !== undefined,
    periodMs: () => periodMs,
    setUp(message) {
      const period = message['acceptAggregationPeriod'];
      if (typeof period === 'number') periodMs = Math.max(tickMs, Math.min(period, MAX_PERIOD_SECONDS) * 1000);
      const wanted = message['acceptDataFormat'];
      format = wanted === 'COMPACT' || wanted === 'FULL' ? wanted : (format ?? 'FULL');
      for (const [type, names] of acceptedFields(message['acceptEventFields'])) fields.set(type, names);
      announce(format);
    },
    write(type, rows) {
      const used = forcedFormat() ?? format ?? 'FULL';
      const names = fields.get(type) ?? EVENT_FIELDS[type];
      // The client must know the fields of a type before its first compact data.
      if (used === 'COMPACT' && rows.length > 0 && !announced.has(type)) {
        fields.set(type, names);
        announce(used);
      }
      for (const message of feedData({ channel, type, rows, format: used, fields: names })) send(message);
    },
  };
}

/** The fields that a type has, of those that the client asked for, in its order; all of them when it asked for none. */
function acceptedFields(asked: unknown): readonly [EventType, readonly string[]][] {
  if (typeof asked !== 'object' || asked === null) return [];
  return Object.entries(asked).flatMap(([type, names]: [string, unknown]) => {
    if (!isEventType(type) || !Array.isArray(names)) return [];
    const has: ReadonlySet<unknown> = new Set(['eventType', ...EVENT_FIELDS[type]]);
    const known = names.filter((name): name is string => has.has(name));
    return [[type, known.length === 0 ? EVENT_FIELDS[type] : known]];
  });
}
