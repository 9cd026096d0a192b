import { inputRequired } from '@modelcontextprotocol/server';
import type { InputRequiredResult, InputRequests, ServerContext } from '@modelcontextprotocol/server';
import type { ClientChannel, InputNeeded } from '../../tools/client-channel.ts';
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
      const inputRequests: InputRequests = needed.ask;
      if (needed.state === undefined) return inputRequired({ inputRequests });
      return inputRequired({ inputRequests, requestState: await offer.seal.seal(needed.state, binding, ctx) });
    },
  };
}
