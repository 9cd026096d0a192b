import type { EpochMs } from '../../core/clock.ts';
import type { MarketEvent, MarketEventKind } from '../model/quote.ts';
import { isMarketEventKind, toMarketEvent } from './market-events.ts';

/** `unreadable` counts the blocks and events of our kinds that could not be understood: something was missed. */
export type Decoded = { readonly events: readonly MarketEvent[]; readonly unreadable: number };

/** Where each field of one kind stands in a compact block. */
type Layout = { readonly width: number; readonly positions: ReadonlyMap<string, number> };

type Output = { readonly events: MarketEvent[]; unreadable: number; readonly asOf: EpochMs };

/**
 * Reads the data of FEED_DATA frames, in whichever of its two forms each comes: the server has been seen to change
 * from one to the other by itself. One decoder serves one channel of one connection.
 *
 * - COMPACT: a kind's name, then a flat list of its events, field by field as the last FEED_CONFIG listed them. Any
 *   number of such pairs. A list that does not divide evenly is refused whole: its fields are not where we think.
 * - FULL: objects with `eventType` and the fields by name.
 */
export class EventDecoder {
  readonly #layouts = new Map<string, Layout>();

  /** Takes the fields of a FEED_CONFIG: kinds it names are replaced, the others stay. */
  configure(eventFields: Readonly<Record<string, readonly string[]>>): void {
    for (const [kind, fields] of Object.entries(eventFields)) {
      this.#layouts.set(kind, {
        width: fields.length,
        positions: new Map(fields.map((field, position) => [field, position])),
      });
    }
  }

  /** Never throws, whatever the server sent. Kinds that we do not read are passed over. */
  decode(data: readonly unknown[], asOf: EpochMs): Decoded {
    const output: Output = { events: [], unreadable: 0, asOf };
    for (let at = 0; at < data.length; at += 1) {
      const item = data[at];
      if (typeof item === 'string') {
        at += 1;
        this.#readBlock(item, data[at], output);
      } else {
        readFull(item, output);
      }
    }
    return { events: output.events, unreadable: output.unreadable };
  }

  #readBlock(kind: string, block: unknown, output: Output): void {
    if (!isMarketEventKind(kind)) return;
    const layout = this.#layouts.get(kind);
    if (layout === undefined || !Array.isArray(block) || block.length % layout.width !== 0) {
      output.unreadable += 1;
      return;
    }
    const values: readonly unknown[] = block;
    for (let start = 0; start < values.length; start += layout.width) {
      readCompact(kind, { values, start, positions: layout.positions }, output);
    }
  }
}

type Row = {
  readonly values: readonly unknown[];
  readonly start: number;
  readonly positions: ReadonlyMap<string, number>;
};

function readCompact(kind: MarketEventKind, { values, start, positions }: Row, output: Output): void {
  const field = (name: string): unknown => {
    const position = positions.get(name);
    return position === undefined ? undefined : values[start + position];
  };
  const type = field('eventType');
  collect(type === undefined || type === kind ? toMarketEvent(kind, field, output.asOf) : undefined, output);
}

function readFull(item: unknown, output: Output): void {
  const fields = new Map(typeof item === 'object' && item !== null ? Object.entries(item) : []);
  const kind: unknown = fields.get('eventType');
  if (typeof kind !== 'string') {
    output.unreadable += 1;
    return;
  }
  if (isMarketEventKind(kind))
    collect(
      toMarketEvent(kind, (name) => fields.get(name), output.asOf),
      output,
    );
}

function collect(event: MarketEvent | undefined, output: Output): void {
  if (event === undefined) output.unreadable += 1;
  else output.events.push(event);
}
