import type { MarketWatcher, Wanted } from '../broker.ts';
import type { EventOf, MarketEvent, MarketEventKind } from '../model/quote.ts';
import type { QuoteHub } from './quote-hub.ts';

/** Holds one event for as long as it is watched. */
export function watchMarket<Kind extends MarketEventKind>(
  hub: Pick<QuoteHub, 'hold'>,
  wanted: Wanted<Kind>,
  { value, ended }: MarketWatcher<Kind>,
): () => void {
  const tell = (event: MarketEvent): void => {
    if (isOfKind(event, wanted.kind)) value(event);
  };
  const hold = hub.hold(wanted, { value: (held) => tell(held.event), missing: () => ended(), failed: () => ended() });
  if (typeof hold === 'string') {
    ended();
    return () => {};
  }
  const current = hold.current();
  if (current !== undefined) tell(current.event);
  return () => hold.release();
}

function isOfKind<Kind extends MarketEventKind>(event: MarketEvent, kind: Kind): event is EventOf<Kind> {
  return event.kind === kind;
}
