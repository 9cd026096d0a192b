import type { Calls } from './calls.ts';
import type { Basics, Tenancy } from './tenancy.ts';
import { VERSION } from '../core/version.ts';
import { INSTRUCTIONS } from '../tools/instructions.ts';
import type { Offer } from '../transports/mcp/offer.ts';
import { createMemoryOnceOnly } from '../transports/mcp/once-only.ts';
import { createStateSeal } from '../transports/mcp/request-state.ts';

type OfferNeeds = Pick<Basics, 'clock' | 'ids'> & { readonly tenancy: Tenancy; readonly calls: Calls };

/** What the gateway offers over MCP, the same on every leg. */
export function composeOffer({ tenancy, calls, clock, ids }: OfferNeeds): Offer {
  return {
    identity: { name: 'tasty-gateway', title: 'TastyTrade gateway', version: VERSION },
    instructions: INSTRUCTIONS,
    registry: calls.tools,
    runTool: calls.runTool,
    seal: createStateSeal({ key: tenancy.deriveKey('request state'), onceOnly: createMemoryOnceOnly(clock), ids }),
  };
}
