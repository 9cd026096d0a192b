import { epochMs, type EpochMs } from '../../../core/clock.ts';
import { isZero } from '../../../core/decimal.ts';
import type { Desk, TransactionSearch } from '../desk.ts';
import { netLiqHistory } from '../history/net-liq.ts';
import { allTransactions, beganAt, createReplay } from '../history/replay.ts';
import { isoDate } from '../../../broker/model/symbol.ts';
import type { Floor } from '../matching/floor.ts';
import { accountWire, positionLimitWire, tradingStatusWire } from '../world/account-wire.ts';
import { tradingDay } from '../world/trading-day.ts';
import { balancesWire, snapshotWire } from './balances-wire.ts';
import type { Book, Position, Transaction } from './book.ts';
import { fundsOf, standingOf } from './funds.ts';
import { positionWire } from './position-wire.ts';
import { totalFeesWire, transactionWire } from './transaction-wire.ts';

export type Reading = {
  readonly floor: Floor;
  readonly now: () => EpochMs;
  /** The account as of now; throws when there is none. */
  readonly book: (number: string) => Book;
  readonly known: (number: string) => Book | undefined;
};

type AccountReads = Pick<
  Desk,
  | 'account'
  | 'tradingStatus'
  | 'positionLimit'
  | 'balances'
  | 'balanceSnapshots'
  | 'positions'
  | 'netLiqHistory'
  | 'transactions'
  | 'totalFees'
>;

const SNAPSHOT_DAYS = 30;
const DAY_MS = 86_400_000;

const within = <Value>(wanted: readonly Value[] | undefined, value: Value): boolean =>
  wanted === undefined || wanted.length === 0 || wanted.includes(value);
const same = (wanted: string | undefined, value: string | undefined): boolean =>
  wanted === undefined || wanted === value;

const matches = (search: TransactionSearch, transaction: Transaction): boolean =>
  (search.from === undefined || transaction.at >= search.from) &&
  (search.to === undefined || transaction.at <= search.to) &&
  within(search.types, transaction.type) &&
  within(search.subTypes, transaction.subType) &&
  same(search.symbol, transaction.symbol) &&
  same(search.underlying, transaction.underlying) &&
  same(search.instrumentType, transaction.instrumentType) &&
  same(search.action, transaction.action);

/** A closed position is remembered for the rest of its day. */
const isShown = (position: Position, shown: { includeClosed: boolean; today: string }): boolean =>
  !isZero(position.quantity) || (shown.includeClosed && position.realizedDate === shown.today);

export function createAccountReads({ floor, now, book, known }: Reading): AccountReads {
  /** The newest close first. */
  function snapshots(current: Book): ReturnType<Desk['balanceSnapshots']> {
    const from = epochMs(Math.max(now() - SNAPSHOT_DAYS * DAY_MS, beganAt(current)));
    const sessions = floor.calendar.sessions('Equity', isoDate(tradingDay(from)), isoDate(tradingDay(now())));
    const closes = sessions.map((session) => session.closeAt).filter((at) => at >= from && at <= now());
    const replay = createReplay(current);
    return closes
      .map((at) => snapshotWire(fundsOf(replay.standingAt(at), { market: floor.market, at }), at))
      .toReversed();
  }

  return {
    account(number) {
      const found = known(number);
      return found === undefined ? undefined : accountWire(found.profile, beganAt(found));
    },
    tradingStatus: (number) => tradingStatusWire(book(number).profile, beganAt(book(number))),
    positionLimit: (number) => positionLimitWire(book(number).profile),
    balances(number) {
      const at = now();
      return balancesWire(fundsOf(standingOf(book(number)), { market: floor.market, at }), at);
    },
    balanceSnapshots: (number) => snapshots(book(number)),
    positions(number, { includeMarks, includeClosed }) {
      const view = { market: floor.market, at: now(), account: number, includeMarks };
      const held = [...book(number).positions.values()].filter((position) =>
        isShown(position, { includeClosed, today: tradingDay(view.at) }),
      );
      return held.map((position) => positionWire(position, view));
    },
    netLiqHistory: (number, query) => netLiqHistory(floor, book(number), { ...query, now: now() }),
    transactions(number, search) {
      const found = allTransactions(book(number)).filter((transaction) => matches(search, transaction));
      const sorted = search.ascending === true ? found : found.toReversed();
      return sorted.map((transaction) => transactionWire(transaction, number));
    },
    totalFees(number, date = tradingDay(now())) {
      return totalFeesWire(allTransactions(book(number)).filter((transaction) => transaction.date === date));
    },
  };
}
