import type { Session } from './session.ts';
import { accountRoute } from './route.ts';
import { wireAccount } from './wire/account.ts';
import { wireBalances } from './wire/balances.ts';
import { envelope, listEnvelope } from './wire/envelope.ts';
import { wireNetLiqPoint } from './wire/net-liq.ts';
import { wireHolding } from './wire/holding.ts';
import { wirePosition } from './wire/position.ts';
import type { Realized } from './wire/realized.ts';
import type { AccountOperations } from '../broker.ts';
import type { Clock } from '../../core/clock.ts';
import { isZero, sum } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { GatewayError } from '../../core/errors.ts';
import { newYorkDate } from '../../core/new-york.ts';

const CURRENCY = 'USD';

const accountsAnswer = listEnvelope(wireAccount);
const balancesAnswer = envelope(wireBalances);
const positionsAnswer = listEnvelope(wirePosition);
const holdingsAnswer = listEnvelope(wireHolding);
const netLiqAnswer = listEnvelope(wireNetLiqPoint);

export function createAccountOperations(session: Session, clock: Clock): AccountOperations {
  return {
    list: (options) => session.read({ path: '/customers/me/accounts', endpoint: 'account' }, accountsAnswer, options),

    async balances(account, options) {
      // The route with a currency answers with one object whatever the version.
      const path = `${accountRoute(account)}/balances/${CURRENCY}`;
      const balances = await session.read({ path, endpoint: 'account' }, balancesAnswer, options);
      const found = balances.find((one) => one.account === account && one.currency === CURRENCY);
      if (found !== undefined) return found;
      throw new GatewayError('broker_not_understood', 'The broker told no balances of this account in US dollars.');
    },

    positions: async (account, options) =>
      session.read(
        { path: `${accountRoute(account)}/positions`, query: { 'include-marks': true }, endpoint: 'account' },
        positionsAnswer,
        options,
      ),

    netLiqHistory: async (account, timeBack, options) =>
      session.read(
        { path: `${accountRoute(account)}/net-liq/history`, query: { 'time-back': timeBack }, endpoint: 'other' },
        netLiqAnswer,
        options,
      ),

    async holdings(account, options) {
      const path = `${accountRoute(account)}/positions`;
      const query = { 'include-marks': true, 'include-closed-positions': true };
      const held = await session.read({ path, query, endpoint: 'account' }, holdingsAnswer, options);
      const realizedToday = gainOn(
        newYorkDate(clock.now()),
        held.map(({ realized }) => realized),
      );
      const positions = held.map(({ position }) => position).filter(({ quantity }) => !isZero(quantity));
      return { positions, ...(realizedToday === undefined ? {} : { realizedToday }) };
    },
  };
}

/**
 * `undefined` when one of them is not known. A figure of an earlier day stays with a position until it trades again. One of a
 * later day is of the session that has begun this evening, and counts already.
 */
function gainOn(today: string, all: readonly (Realized | undefined)[]): Decimal | undefined {
  const known = all.filter((one) => one !== undefined);
  if (known.length < all.length) return undefined;
  return sum(known.filter(({ day }) => day === undefined || day >= today).map(({ gain }) => gain));
}
