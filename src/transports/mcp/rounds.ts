import { inputRequired, isSpecType } from '@modelcontextprotocol/server';
import type { InputRequest, InputRequests, InputRequiredResult, ServerContext } from '@modelcontextprotocol/server';
import type { ClientChannel, ClientQuestion, InputNeeded } from '../../tools/client-channel.ts';
import { openChannel } from './channel.ts';
import type { Serving } from './offer.ts';
import type { StateBinding } from './request-state.ts';

/** One pass through a call that may stop to ask its client something and start over with the answers. */
export type Round = {
  readonly client: ClientChannel;
  /** The result that asks. The SDK carries the questions to clients of either era. */
  ask(needed: InputNeeded): Promise<InputRequiredResult>;
};

export type Asked = { readonly name: string; readonly args: unknown; readonly ctx: ServerContext };

/** Throws the protocol's `-32602` when the call brings a state that is not to be believed. */
export async function openRound({ server, offer, visit }: Serving, { name, args, ctx }: Asked): Promise<Round> {
  const binding: StateBinding = { visit, name, args };
  const state = await offer.seal.open(binding, ctx);
  return {
    client: openChannel({ server, ctx, visit, state }),
    async ask(needed) {
      const inputRequests = toInputRequests(needed.ask);
      if (needed.state === undefined) return inputRequired({ inputRequests });
      return inputRequired({ inputRequests, requestState: await offer.seal.seal(needed.state, binding, ctx) });
    },
  };
}

function toInputRequests(questions: Readonly<Record<string, ClientQuestion>>): InputRequests {
  return Object.fromEntries(Object.entries(questions).map(([name, question]) => [name, toInputRequest(question)]));
}

/** Throws for a question that is not one of MCP's: the fault is then ours. */
function toInputRequest(question: ClientQuestion): InputRequest {
  if (isSpecType.ElicitRequest(question)) return question;
  if (isSpecType.CreateMessageRequest(question)) return question;
  if (isSpecType.ListRootsRequest(question)) return question;
  throw new TypeError(`A question to the client is not well formed: ${question.method}`);
}
