import { validationError } from '../wire-refusal.ts';
import type { WireObject } from '../engine/desk.ts';
import type { World } from '../world.ts';
import { date, instant } from './dates.ts';
import { page } from './page.ts';
import { flag, oneOf, requiredText, text, values } from './query.ts';
import { bareList, get, list, one, param, type Answer, type Call, type Route } from './route.ts';

/** From this version on, balances are a list with one entry per currency. */
const BALANCES_AS_LIST = 20240501;
const TIME_BACKS = ['1d', '1w', '1m', '3m', '6m', '1y', 'all'] as const;

/** What one account is and holds. */
export function accountRoutes(world: World): readonly Route[] {
  const { desk } = world;
  const account = (call: Call): string => param(call, 'account');
  return [
    get('/accounts/:account/trading-status', (call) => one(call, desk.tradingStatus(account(call)))),
    get('/accounts/:account/position-limit', (call) => one(call, desk.positionLimit(account(call)))),
    get('/accounts/:account/balances', (call) => {
      const balances = desk.balances(account(call));
      const asList = call.version !== undefined && call.version >= BALANCES_AS_LIST;
      return asList ? list(call, [balances]) : one(call, balances);
    }),
    get('/accounts/:account/balances/:currency', (call) => {
      if (param(call, 'currency') !== 'USD') throw validationError([{ domain: 'currency', reason: 'is invalid' }]);
      return one(call, desk.balances(account(call)));
    }),
    get('/accounts/:account/balance-snapshots', (call) => snapshots(call, desk.balanceSnapshots(account(call)))),
    get('/accounts/:account/positions', (call) => {
      const options = {
        includeMarks: flag(call.query, 'include-marks', false),
        includeClosed: flag(call.query, 'include-closed-positions', false),
      };
      return list(
        call,
        desk.positions(account(call), options).filter((position) => isWanted(call, position)),
      );
    }),
    get('/accounts/:account/net-liq/history', (call) => netLiq(world, call)),
  ];
}

function isWanted(call: Call, position: WireObject): boolean {
  const underlyings = values(call.query, 'underlying-symbol');
  const matches = (key: string): boolean => {
    const wanted = text(call.query, key);
    return wanted === undefined || position[key] === wanted;
  };
  const underlying = position['underlying-symbol'];
  const underlyingMatches = underlyings.length === 0 || underlyings.some((wanted) => wanted === underlying);
  return underlyingMatches && matches('symbol') && matches('instrument-type');
}

/** Newest first. Without dates: the newest snapshot alone. */
function snapshots(call: Call, all: readonly WireObject[]): Answer {
  requiredText(call.query, 'time-of-day');
  oneOf(call.query, 'time-of-day', ['BOD', 'EOD', 'Intraday']);
  const day = date(call.query, 'snapshot-date');
  const from = day ?? date(call.query, 'start-date');
  const to = day ?? date(call.query, 'end-date');
  const newestFirst = all.toSorted((a, b) => String(b['snapshot-date']).localeCompare(String(a['snapshot-date'])));
  if (from === undefined && to === undefined) return page(call, newestFirst.slice(0, 1), { perPage: 250 });
  const within = newestFirst.filter((snapshot) => {
    const at = String(snapshot['snapshot-date']);
    return (from === undefined || at >= from) && (to === undefined || at <= to);
  });
  return page(call, within, { perPage: 250 });
}

function netLiq(world: World, call: Call): Answer {
  const timeBack = oneOf(call.query, 'time-back', TIME_BACKS);
  const startAt = instant(call.query, 'start-time');
  if (timeBack === undefined && startAt === undefined) {
    const reason = 'are missing, exactly one parameter must be provided';
    throw validationError([
      { domain: 'time-back', reason },
      { domain: 'start-time', reason },
    ]);
  }
  const history = world.desk.netLiqHistory(param(call, 'account'), {
    ...(timeBack === undefined ? {} : { timeBack }),
    ...(startAt === undefined ? {} : { startAt }),
  });
  return bareList(history);
}
