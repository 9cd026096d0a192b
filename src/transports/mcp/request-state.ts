import { ProtocolError, ProtocolErrorCode, createRequestStateCodec } from '@modelcontextprotocol/server';
import type { RequestStateCodec, ServerContext } from '@modelcontextprotocol/server';
import { canonicalJson, sha256 } from '../../core/canonical-json.ts';
import type { IdSource } from '../../core/ids.ts';
import type { OnceOnly } from './once-only.ts';
import { subjectOf } from './visit.ts';
import type { Visit } from './visit.ts';

const TTL_SECONDS = 600;

type SealedState = { readonly nonce: string; readonly state: unknown };

/** What the state of a call is tied to: the same caller must ask for the same thing with the same arguments. */
export type StateBinding = { readonly visit: Visit; readonly name: string; readonly args: unknown };

/** Seals what a call leaves with the client between two rounds: signed, bound, ten minutes long and good for one use. */
export type StateSeal = {
  seal(state: unknown, binding: StateBinding, ctx: ServerContext): Promise<string>;
  /**
   * `undefined` when the call carries no state. Throws the protocol's `-32602` for one that is not to be believed, and
   * `coordination_unavailable` when it cannot be known whether it has been used: it is good for one use all the same.
   */
  open(binding: StateBinding, ctx: ServerContext): Promise<unknown>;
};

export type StateSealParts = {
  /** At least 32 bytes, the same on every replica. */
  readonly key: Uint8Array;
  readonly onceOnly: OnceOnly;
  readonly ids: IdSource;
};

export function createStateSeal({ key, onceOnly, ids }: StateSealParts): StateSeal {
  // A codec's binding is a function of the context alone, and ours is not: hence one codec per use. Uses are rare.
  const codecFor = (binding: StateBinding): RequestStateCodec<SealedState> =>
    createRequestStateCodec({ key, ttlSeconds: TTL_SECONDS, bind: (ctx) => bindingText(binding, ctx) });
  return {
    seal: async (state, binding, ctx) => codecFor(binding).mint({ nonce: ids.uuid(), state }, ctx),
    async open(binding, ctx) {
      const sealed = ctx.mcpReq.requestState<string>();
      if (sealed === undefined) return undefined;
      const { nonce, state } = await codecFor(binding).verify(sealed, ctx).catch(refuse);
      const owner = sha256(subjectOf(binding.visit.caller));
      if (!(await onceOnly.claim(owner, nonce, TTL_SECONDS * 1000))) return refuse();
      return state;
    },
  };
}

function refuse(): never {
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Invalid or expired requestState', {
    reason: 'invalid_request_state',
  });
}

function bindingText({ visit, name, args }: StateBinding, ctx: ServerContext): string {
  return canonicalJson([ctx.mcpReq.method, subjectOf(visit.caller), name, args]);
}
