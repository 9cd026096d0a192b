import { roundTo, type Decimal } from '../../../core/decimal.ts';
import { isBuy, type LegAction } from '../../../broker/model/order.ts';
import type { Contract } from '../market.ts';

const cents = (value: Decimal): string => {
  const [whole = '0', fraction = ''] = roundTo(value, 6).split('.');
  return `${whole}.${fraction.padEnd(2, '0')}`;
};

/** `RIVN 06/23/23 Call 15.00`, or the plain symbol of what is no option. */
function contractName(contract: Contract): string {
  const { option, expiration } = contract;
  if (option === undefined || expiration === undefined) return contract.symbol;
  const [year = '', month = '', day = ''] = expiration.split('-');
  return `${contract.underlying} ${month}/${day}/${year.slice(2)} ${option.side === 'C' ? 'Call' : 'Put'} ${cents(option.strike)}`;
}

type Described = {
  readonly action: LegAction;
  readonly quantity: Decimal;
  readonly contract: Contract;
  readonly price: Decimal;
};

/** In the broker's words: `Sold 40 RIVN 06/23/23 Call 15.00 @ 0.47`. */
export const describeTrade = ({ action, quantity, contract, price }: Described): string =>
  `${isBuy(action) ? 'Bought' : 'Sold'} ${quantity} ${contractName(contract)} @ ${cents(price)}`;
