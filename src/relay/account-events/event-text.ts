import type { AccountEvent } from '../../broker/model/account-event.ts';
import type { JournalEntry, NewEntry } from '../../fleet/journal.ts';
import type { Telling } from './telling.ts';

const KINDS: ReadonlySet<unknown> = new Set<AccountEvent['kind']>(['fill', 'order', 'balances', 'positions', 'gap']);

export const writeEntry = ({ key, event, isPast = false }: Telling): NewEntry => ({
  key,
  ...(isPast ? {} : { text: JSON.stringify(event) }),
});

/** `undefined` for a kind that another version of this program writes. */
export function readEvent({ text }: Pick<JournalEntry, 'text'>): AccountEvent | undefined {
  const event: unknown = JSON.parse(text);
  const isKnown = typeof event === 'object' && event !== null && 'kind' in event && KINDS.has(event.kind);
  return isKnown ? (event as AccountEvent) : undefined;
}
