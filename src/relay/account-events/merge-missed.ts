import type { AccountEvent } from '../../broker/model/account-event.ts';
import type { AccountNumber } from '../../broker/model/symbol.ts';
import type { EpochMs } from '../../core/clock.ts';
import { inOrder, tellBalances, tellPositions, timeOf } from './telling.ts';
import type { Telling } from './telling.ts';

/** What is known when the broker is heard again after a time in which it was not. */
export type Missed = {
  /** Names this gap, however often it is tried to be told. */
  readonly gapKey: string;
  /** When the broker was last heard; absent where nobody ever listened. */
  readonly from?: EpochMs;
  /** When it was heard again. */
  readonly to: EpochMs;
  /** What is older has been told. */
  readonly since: EpochMs;
  /** What is older was never to be told. */
  readonly begunAt?: EpochMs;
  readonly isWhole: boolean;
  readonly accounts: readonly AccountNumber[];
  /** As REST shows them. */
  readonly shown: readonly Telling[];
  /** What the stream has told since, in its order. */
  readonly heard: readonly Telling[];
};

/**
 * All there is to tell, in order: the gap, what happened in it, what was heard after it. What the stream told while REST was read
 * is sorted among what REST shows, since the pages of a listing are not of one moment.
 */
export function mergeMissed(missed: Missed): readonly Telling[] {
  const { gapKey, from, to, isWhole, accounts, heard, since, begunAt = 0 } = missed;
  const shown = missed.shown.flatMap((telling): Telling[] => {
    const at = timeOf(telling);
    if (at < since) return [];
    return [at < begunAt ? { ...telling, isPast: true } : telling];
  });
  const gap: AccountEvent = { kind: 'gap', ...(from === undefined ? {} : { from }), to, isWhole };
  return [
    { key: gapKey, event: gap, place: [] },
    ...news([...shown, ...heard].toSorted(inOrder)),
    ...accounts.flatMap((account) => [tellBalances(account, to), tellPositions(account, to)]),
  ];
}

/** Each once; what the stream has told is news in any case. */
function news(tellings: readonly Telling[]): readonly Telling[] {
  const byKey = new Map<string, Telling>();
  for (const telling of tellings) {
    const known = byKey.get(telling.key);
    if (known === undefined || (known.isPast === true && telling.isPast !== true)) byKey.set(telling.key, telling);
  }
  return [...byKey.values()];
}
