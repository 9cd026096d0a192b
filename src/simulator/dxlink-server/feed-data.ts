import type { EventType, EventValues } from './event-types.ts';

export type DataFormat = 'COMPACT' | 'FULL';

export type FeedRows = {
  readonly channel: number;
  readonly type: EventType;
  readonly rows: readonly EventValues[];
  readonly format: DataFormat;
  readonly fields: readonly string[];
};

const ROWS_IN_A_FRAME = 200;
const TIMES = new Set(['eventTime', 'time', 'bidTime', 'askTime', 'index']);

/** JSON has no NaN: the feed writes the words. */
function jsonDouble(value: EventValues[string] | undefined): number | string | boolean {
  if (value === undefined) return 'NaN';
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** FEED_DATA messages for the events of one type: never two types in one, as the clients decode only the first. */
export function feedData({ channel, type, rows, format, fields }: FeedRows): readonly object[] {
  const frames = Array.from({ length: Math.ceil(rows.length / ROWS_IN_A_FRAME) }, (_, index) =>
    rows.slice(index * ROWS_IN_A_FRAME, (index + 1) * ROWS_IN_A_FRAME),
  );
  return frames.map((frame) => ({
    type: 'FEED_DATA',
    channel,
    data:
      format === 'FULL'
        ? frame.map(fullEvent)
        : [type, frame.flatMap((row) => fields.map((name) => jsonDouble(row[name])))],
  }));
}

const fullEvent = (row: EventValues): object =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, jsonDouble(value)]));

/** Equal for two events of one subscription that differ in nothing but their times. */
export const changeKey = (row: EventValues): string =>
  Object.entries(row)
    .filter(([name]) => !TIMES.has(name))
    .map(([, value]) => String(value))
    .join('|');
