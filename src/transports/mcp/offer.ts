import type { Implementation, Server } from '@modelcontextprotocol/server';
import type { RunTool } from '../../tools/define-tool.ts';
import type { Registry } from '../../tools/registry.ts';
import type { StateSeal } from './request-state.ts';
import type { Visit } from './visit.ts';

/** What this gateway offers over MCP, whoever visits. */
export type Offer = {
  readonly identity: Implementation;
  /** How to use the tools together, for the model. */
  readonly instructions: string;
  readonly registry: Registry;
  readonly runTool: RunTool;
  readonly seal: StateSeal;
};

/** What the handlers of one server work with. */
export type Serving = { readonly server: Server; readonly offer: Offer; readonly visit: Visit };
