import type { Calls } from './calls.ts';
import type { SharedParts } from './shared.ts';
import type { Basics, Tenancy } from './tenancy.ts';
import { VERSION } from '../core/version.ts';
import { INSTRUCTIONS } from '../tools/instructions.ts';
import type { Offer } from '../transports/mcp/offer.ts';
import { createOnceOnly } from '../transports/mcp/once-only.ts';
import { createStateSeal } from '../transports/mcp/request-state.ts';

type OfferNeeds = Pick<Basics, 'clock' | 'ids'> & {
  readonly tenancy: Tenancy;
  readonly calls: Calls;
  readonly shared: Pick<SharedParts, 'fleet'>;
};

/** What the gateway offers over MCP, the same on every leg. */
export function composeOffer({ tenancy, calls, shared, clock, ids }: OfferNeeds): Offer {
  return {
    identity: { name: 'tasty-gateway', title: 'TastyTrade gateway', version: VERSION },
    instructions: INSTRUCTIONS,
    registry: calls.tools,
    runTool: calls.runTool,
    seal: createStateSeal({
      key: tenancy.deriveKey('request state'),
      onceOnly: createOnceOnly({ records: shared.fleet.records, clock, ids }),
      ids,
    }),
  };
}
