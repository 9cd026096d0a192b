import { accountNumber, brokerSymbol, isoDate } from '../../src/broker/model/symbol.ts';
import { createTastytradeBroker } from '../../src/broker/tastytrade/create-broker.ts';
import { epochMs, systemClock } from '../../src/core/clock.ts';
import { decimal } from '../../src/core/decimal.ts';
import { systemIds } from '../../src/core/ids.ts';
import { silentLog } from '../../src/core/log.ts';
import { newYorkDate } from '../../src/core/new-york.ts';
import { createRedisJournal } from '../../src/fleet/redis-journal.ts';
import { connectRedis } from '../../src/redis/connect.ts';
import { eventually } from '../support/eventually.ts';
import type { Fleet } from '../support/processes/fleet.ts';
import { calm, testUpstream } from '../support/upstream.ts';
import type { Sailor } from './crew.ts';

/** Trades at the broker behind the gateway's back, and knows what the broker has filled. */
export type Trader = {
  /** Buys one share at the market, and resolves when the broker has taken the order. */
  trade(): Promise<void>;
  /** Every fill so far, in the order of the broker's own count. */
  filled(): Promise<readonly string[]>;
  close(): Promise<void>;
};

const SYMBOL = 'F';
const DAY_MS = 86_400_000;
const MOST = 20_000;
const PATIENCE_MS = 20_000;

export function openTrader({ desk }: Fleet, { customer, account: number }: Sailor): Trader {
  const broker = createTastytradeBroker(
    testUpstream(desk.url, { ids: systemIds, loadGrant: async () => desk.grantFor(customer) }),
  );
  const account = accountNumber(number);
  const leg = { symbol: brokerSymbol(SYMBOL), type: 'Equity', action: 'Buy to Open', quantity: decimal('1') } as const;
  const begin = async (): Promise<number> => Number.POSITIVE_INFINITY;
  return {
    async trade() {
      const order = { orderType: 'Market', timeInForce: 'Day', legs: [leg], externalId: systemIds.uuid() } as const;
      await eventually(
        async () => (await broker.orders.place(account, order, { ...calm, begin })).kind === 'accepted',
        PATIENCE_MS,
      );
    },
    async filled() {
      const startDate = isoDate(newYorkDate(epochMs(systemClock.now() - DAY_MS)));
      const { rows } = await broker.history.orders(account, { startDate, limit: MOST }, calm);
      const fills = rows.flatMap(({ id, legs }) =>
        legs.flatMap((one) =>
          one.fills.map((fill) => ({ nth: Number.parseInt(fill.id ?? '', 10), name: `${id} ${fill.id}` })),
        ),
      );
      return fills.toSorted((a, b) => a.nth - b.nth).map(({ name }) => name);
    },
    close: () => broker.close(),
  };
}

/** What a listener is told that is no replica: it reads the journal of a tenant as they do. */
export type JournalReader = {
  readonly fills: readonly string[];
  readonly gaps: () => number;
  /** Times that entries had gone before they were read. */
  readonly cuts: () => number;
  close(): Promise<void>;
};

type Told = {
  readonly kind: string;
  readonly orderId?: string;
  readonly fill?: { readonly id?: string };
};

export async function readJournal({ redis }: Fleet, { id }: Sailor): Promise<JournalReader> {
  const connection = connectRedis(redis.url, { log: silentLog, clock: systemClock });
  const fills: string[] = [];
  let [gaps, cuts] = [0, 0];
  await eventually(() => connection.healthy(), PATIENCE_MS);
  const following = createRedisJournal(connection, systemClock).follow(
    { kind: 'account-events', owner: id },
    undefined,
    {
      entry({ text }) {
        const { kind, orderId, fill } = JSON.parse(text) as Told;
        if (kind === 'gap') gaps += 1;
        if (kind === 'fill') fills.push(`${orderId} ${fill?.id}`);
      },
      cut: () => (cuts += 1),
    },
  );
  await following.ready;
  return {
    fills,
    gaps: () => gaps,
    cuts: () => cuts,
    async close() {
      following.stop();
      await connection.close();
    },
  };
}
