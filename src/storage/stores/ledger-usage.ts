import type { Transaction } from 'kysely';
import type { Schema } from '../schema.ts';
import type { IntentState, Usage, UsageQuery } from './ledger-store.ts';

/** What makes an order; cancels make none. */
const ORDERING: readonly string[] = ['place', 'replace', 'place-complex'];

/** The tenant's usage, read inside the transaction that will add to it. */
export async function readUsage(tx: Transaction<Schema>, tenantId: string, query: UsageQuery): Promise<Usage> {
  const day = await counted(tx, tenantId).select(['isOpening', 'notional']).where('day', '=', query.day).execute();
  const minute = await counted(tx, tenantId)
    .select(({ fn }) => fn.countAll<number>().as('orders'))
    .where('createdAt', '>=', query.minuteSince)
    .executeTakeFirstOrThrow();
  const repeated = await counted(tx, tenantId)
    .selectAll()
    .where('askedDigest', '=', query.askedDigest)
    .where('createdAt', '>=', query.repeatSince)
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return {
    inMinute: minute.orders,
    inDay: day.length,
    notionals: day.filter(({ isOpening }) => isOpening === 1).map(({ notional }) => notional),
    ...(repeated === undefined ? {} : { repeated }),
  };
}

const UNDER_WAY: readonly IntentState[] = ['drafted', 'sending', 'unknown'];

export async function countUnderWay(
  tx: Transaction<Schema>,
  tenantId: string,
  { account, since }: { readonly account: string; readonly since: number },
): Promise<number> {
  const { orders } = await counted(tx, tenantId)
    .select(({ fn }) => fn.countAll<number>().as('orders'))
    .where('account', '=', account)
    .where(({ eb, or }) => or([eb('state', 'in', UNDER_WAY), eb('updatedAt', '>=', since)]))
    .executeTakeFirstOrThrow();
  return orders;
}

/** What counts: all but what is proven not to have reached the broker. Any doubt counts. */
function counted(tx: Transaction<Schema>, tenantId: string) {
  return tx
    .selectFrom('intents')
    .where('tenantId', '=', tenantId)
    .where('action', 'in', ORDERING)
    .where('state', '<>', 'rejected')
    .where(({ eb, or }) => or([eb('settlement', 'is', null), eb('settlement', '<>', 'absent')]));
}
