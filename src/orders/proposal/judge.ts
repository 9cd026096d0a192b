import type { ComplexType, Preview } from '../../broker/model/order.ts';
import type { AccountNumber } from '../../broker/model/symbol.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import type { IntentBody } from '../intent-body.ts';
import { checkLimits } from '../limits/check-limits.ts';
import { leansOnHoldings } from '../limits/leans-on-holdings.ts';
import { isClosing } from '../limits/closing.ts';
import { notionalOf } from '../limits/notional.ts';
import type { HoldingsReader } from '../ticket/holdings-reader.ts';
import type { Proposal, Worked } from './proposal.ts';
import { bareFacts, readFacts, readStanding } from './read-facts.ts';
import type { ReadFacts } from './read-facts.ts';

export type Case = {
  readonly account: AccountNumber;
  readonly body: IntentBody;
  readonly asked: unknown;
  readonly worked: readonly Worked[];
  readonly holdings: HoldingsReader;
  readonly inFull: boolean;
  readonly dryRun: (externalId: string) => Promise<Preview>;
  readonly complexType?: ComplexType;
  readonly replacing?: Replacing;
  readonly context: TenantContext;
};

/** The order that another one takes the place of, and what it has reserved of the day already. */
export type Replacing = { readonly orderId: string; readonly reserved: Decimal };

/**
 * Says of an order whether it opens, what it would reserve, and what each of the tenant's rules makes of it. A closing order is
 * not held up by reading figures that no rule asks of it.
 */
export async function judge(given: Case): Promise<Proposal> {
  const { account, body, asked, worked, context } = given;
  const { facts, foretold } = await factsOf(given);
  const found = worked[0]?.found;
  return {
    account,
    body,
    asked,
    parts: facts.parts,
    facts,
    isOpening: !isClosing(facts),
    notional: notionalOf(facts),
    checks: checkLimits(context.tenant.plan, facts),
    ...(leansOnHoldings(context.tenant.plan, facts) ? { leansSince: given.holdings.since } : {}),
    ...(foretold === undefined ? {} : { foretold }),
    ...(found === undefined ? {} : { found }),
    repairs: worked.flatMap(({ ticket }) => ticket.repairs),
  };
}

async function factsOf(given: Case): Promise<ReadFacts> {
  const { account, worked, holdings, inFull, complexType, replacing, context } = given;
  const priced = worked.map(({ ticket, price, found }) => ({
    ticket,
    ...(price === undefined ? {} : { price }),
    ...(found === undefined ? {} : { market: found.market }),
  }));
  const asking = {
    account,
    priced,
    holdings,
    ...(complexType === undefined ? {} : { complexType }),
    ...(replacing === undefined ? {} : { replaced: replacing.orderId }),
  };
  const standing = await readStanding(asking, context);
  const bare = bareFacts({ account, priced, standing });
  if (!inFull && isClosing(bare)) return { facts: bare };
  const dryRun = () => given.dryRun(context.ids.uuid());
  const reserved = replacing === undefined ? {} : { alreadyReserved: replacing.reserved };
  return readFacts({ account, priced, standing, dryRun, ...reserved }, context);
}
