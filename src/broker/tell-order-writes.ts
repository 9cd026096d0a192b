import type { Broker } from './broker.ts';
import type { AccountNumber } from './model/symbol.ts';

/** Says of which account something was sent that may move it, whatever came of the sending. */
export function tellOrderWrites(broker: Broker, tell: (account: AccountNumber) => void): Broker {
  const { orders } = broker;
  const told =
    <Rest extends readonly unknown[], Outcome>(send: (account: AccountNumber, ...rest: Rest) => Promise<Outcome>) =>
    async (account: AccountNumber, ...rest: Rest): Promise<Outcome> => {
      try {
        return await send(account, ...rest);
      } finally {
        tell(account);
      }
    };
  return {
    ...broker,
    orders: {
      ...orders,
      place: told((...args) => orders.place(...args)),
      replace: told((...args) => orders.replace(...args)),
      cancel: told((...args) => orders.cancel(...args)),
      placeComplex: told((...args) => orders.placeComplex(...args)),
      cancelComplex: told((...args) => orders.cancelComplex(...args)),
    },
  };
}
