import { z } from 'zod';
import { GatewayError } from '../../core/errors.ts';
import { mintConfirmation, needsConfirmation } from '../../orders/confirmation/confirmation.ts';
import type { Presented } from '../../orders/confirmation/confirmation.ts';
import type { IntentBody } from '../../orders/intent-body.ts';
import type { Proposal } from '../../orders/proposal/proposal.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import type { ClientChannel, ClientQuestion, InputNeeded } from '../client-channel.ts';
import { effectText, tellEffects } from './order-answer.ts';
import { partsInWords } from './order-words.ts';

const QUESTION = 'confirm';
const SCHEMA = {
  type: 'object',
  properties: {
    send: {
      type: 'boolean',
      title: 'Send this order',
      description: 'Yes sends it once, exactly as shown.',
      default: false,
    },
  },
  required: ['send'],
};

const stateShape = z.object({ confirmationId: z.string() });
const answerShape = z.object({ action: z.string(), content: z.looseObject({ send: z.unknown() }).nullish() });

const asking = (message: string): ClientQuestion => ({
  method: 'elicitation/create',
  params: { message, requestedSchema: SCHEMA },
});

export const canAsk = (client: ClientChannel): boolean => client.canAnswer(asking(''));

/**
 * Asks the person at the client whether to send exactly this. Throws `confirmation_needed` where the client cannot ask: then a
 * preview and its confirmation take the place of the question.
 */
export async function askToConfirm(
  proposal: Proposal,
  { context, client }: { readonly context: TenantContext; readonly client: ClientChannel },
): Promise<InputNeeded> {
  if (!canAsk(client)) throw needsConfirmation();
  const question = asking(questionText(proposal, context));
  const { id } = await mintConfirmation(proposal.body, proposal.account, context);
  return { ask: { [QUESTION]: question }, state: { confirmationId: id } };
}

/**
 * The confirmation that the person at the client has given, once asked; `undefined` in a call that has not been asked about.
 * Throws `confirmation_declined` for any answer but a plain yes.
 */
export function givenInClient({ state, answers }: ClientChannel): Presented | undefined {
  const asked = stateShape.safeParse(state);
  if (!asked.success) return undefined;
  const answer = answerShape.safeParse(answers[QUESTION]);
  const isYes = answer.success && answer.data.action === 'accept' && answer.data.content?.send === true;
  if (isYes) return { id: asked.data.confirmationId };
  throw new GatewayError(
    'confirmation_declined',
    'The person at the client did not confirm the order. Nothing was sent.',
    {
      advice: 'Do not ask again for the same order unless the person wants it.',
    },
  );
}

function questionText({ parts, account, body, facts, isOpening }: Proposal, { broker }: TenantContext): string {
  const where = broker.environment === 'live' ? 'REAL MONEY' : broker.environment;
  const cost = facts.effects.kind === 'known' ? effectText(tellEffects(facts.effects.value)) : [];
  return [
    `${whatIsAsked(body)}? Account ${account} (${where})${isOpening ? '' : ', closing only'}.`,
    ...partsInWords(parts),
    ...cost,
  ].join('\n');
}

/** What is asked, said so that nobody takes one thing for another. */
function whatIsAsked(body: IntentBody): string {
  if (body.action === 'replace') return `Replace order ${body.orderId} by this`;
  if (body.action === 'place-complex') return `Send these orders as one ${body.request.type} order`;
  return 'Send this order';
}
