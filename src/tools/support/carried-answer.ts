import { z } from 'zod';
import type { Carried } from '../../orders/carry-out.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import type { ClientChannel, InputNeeded } from '../client-channel.ts';
import type { ToolAnswer } from '../define-tool.ts';
import { askToConfirm } from './confirm-in-client.ts';
import { outcomeText, tellOutcome, tellResult, writeShape } from './order-answer.ts';
import { environmentOf, present } from './output-fields.ts';
import { marketOf } from './preview-answer.ts';
import { sentOf, sentText } from './sent-order.ts';
import { heading } from './text-table.ts';

/** What a tool answers that sends an order. Of one that is only previewed it tells more: those fields are `preview_order`'s. */
export const carriedAnswer = z.looseObject(writeShape);

type Answered = ToolAnswer<z.input<typeof carriedAnswer>>;
type Telling = { readonly context: TenantContext; readonly client: ClientChannel; readonly title: string };

/** The answer of a call that was to send something: what came of it, or the question to the client that must come first. */
export async function answerCarried(
  carried: Carried,
  { context, client, title }: Telling,
): Promise<Answered | InputNeeded> {
  if (carried.kind === 'needs-confirmation') return askToConfirm(carried.proposal, { context, client });
  const account = carried.kind === 'sent' ? carried.result.account : carried.proposal.account;
  const told = carried.kind === 'sent' ? tellResult(carried.result) : tellOutcome(carried.outcome);
  const sent = carried.kind === 'sent' ? sentOf(carried.body) : undefined;
  const repairs = carried.proposal?.repairs ?? [];
  const part = carried.proposal?.found === undefined ? undefined : carried.proposal.parts[0];
  const data = present({
    ...environmentOf(context),
    account_number: account,
    ...told,
    sent,
    market: part === undefined ? undefined : marketOf(part),
    repairs: repairs.length === 0 ? undefined : [...repairs],
  });
  const head = heading(title, { ...environmentOf(context), account });
  const text = [head, ...(sent === undefined ? [] : [sentText(sent)]), outcomeText(told), ...repairText(repairs)];
  return { data, text: text.join('\n') };
}

const repairText = (repairs: readonly string[]): string[] =>
  repairs.length === 0 ? [] : [`Read as meant: ${repairs.join('; ')}.`];
