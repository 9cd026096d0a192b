import type { MarketDataOperations, MarketWatcher } from '../../src/broker/broker.ts';
import type { MarketEvent } from '../../src/broker/model/quote.ts';
import { streamerSymbol } from '../../src/broker/model/symbol.ts';
import { epochMs } from '../../src/core/clock.ts';

type Values<Event> = Event extends MarketEvent ? Omit<Event, 'symbol' | 'asOf'> : never;

/** Who watches which events of a fake broker, and the means to tell them. */
export type FakeWatchers = {
  readonly watch: MarketDataOperations['watch'];
  tell(symbol: string, values: Values<MarketEvent>): void;
  end(symbol: string): void;
  /** `Quote SPY` for each watch. */
  watched(): string[];
};

export function createFakeWatchers(): FakeWatchers {
  const watches = new Set<{ readonly symbol: string; readonly kind: string; readonly watcher: MarketWatcher }>();
  return {
    watch(wanted, watcher) {
      const watch = { ...wanted, watcher: watcher as MarketWatcher };
      watches.add(watch);
      return () => watches.delete(watch);
    },
    tell(symbol, values) {
      const event = { ...values, symbol: streamerSymbol(symbol), asOf: epochMs(0) } as MarketEvent;
      for (const watch of watches) {
        if (watch.symbol === symbol && watch.kind === event.kind) watch.watcher.value(event);
      }
    },
    end(symbol) {
      for (const watch of watches) {
        if (watch.symbol !== symbol) continue;
        watches.delete(watch);
        watch.watcher.ended();
      }
    },
    watched: () => [...watches].map(({ kind, symbol }) => `${kind} ${symbol}`).toSorted(),
  };
}
