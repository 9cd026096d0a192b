import { InMemoryServerEventBus, createMcpHandler } from '@modelcontextprotocol/server';
import type { JSONRPCRequest, McpHttpHandler } from '@modelcontextprotocol/server';
import { GatewayError } from '../../core/errors.ts';
import type { ToldError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { mapAtMost } from '../../core/map-at-most.ts';
import { quoted } from '../../core/quoted.ts';
import { namingOnly, resourcesNamedIn } from '../mcp/listen-filter.ts';
import { createMcpServer } from '../mcp/mcp-server.ts';
import { checkResource } from '../mcp/resources.ts';
import type { Visit } from '../mcp/visit.ts';
import { MAX_WATCHED } from '../mcp/watched-uris.ts';
import { openWatch } from './edge.ts';
import type { Edge, Entry } from './edge.ts';

export type ListenRequest = {
  readonly message: JSONRPCRequest;
  readonly request: Request;
  readonly visit: Visit;
  /** Ends the stream. */
  readonly signal: AbortSignal;
};

/** The streams of `subscriptions/listen`: each has a bus of its own, on which nobody else's events can be. */
export type Listening = {
  serve(entry: Entry, listen: ListenRequest): Promise<Response>;
  /** Ends all of them with their results. */
  end(): Promise<void>;
};

const CHECKED_AT_ONCE = 4;

export function createListening(edge: Edge, log: Log): Listening {
  const open = new Set<McpHttpHandler>();
  return {
    async serve(entry, { message, request, visit, signal }) {
      signal.throwIfAborted();
      const bus = new InMemoryServerEventBus();
      const handler = createMcpHandler(() => createMcpServer(edge.offer, visit), {
        legacy: 'reject',
        bus,
        onerror: (error) => log.debug({ fault: quoted(error.message) }, 'MCP subscription faulted'),
      });
      const watch = openWatch(edge, entry, {
        onUpdate: (uri) => bus.publish({ kind: 'resource_updated', uri }),
        onRefused: () => void handler.close(),
      });
      open.add(handler);
      const end = (): void => {
        open.delete(handler);
        watch.close();
      };
      entry.reply.raw.once('close', end);
      try {
        const uris = await allowed(edge, { message, visit, signal });
        await watch.set(uris);
        signal.throwIfAborted();
        const response = await handler.fetch(request, { parsedBody: namingOnly(message, uris) });
        if (!isStream(response)) end();
        return response;
      } catch (error) {
        end();
        throw error;
      }
    },
    async end() {
      await Promise.all([...open].map((handler) => handler.close()));
    },
  };
}

const isStream = ({ headers }: Response): boolean =>
  headers.get('content-type')?.startsWith('text/event-stream') === true;

/** Of the resources that the client names, those that are there for it. Throws when that cannot be said. */
async function allowed(
  { offer }: Edge,
  { message, visit, signal }: Pick<ListenRequest, 'message' | 'visit' | 'signal'>,
): Promise<readonly string[]> {
  const uris = resourcesNamedIn(message);
  if (uris.length > MAX_WATCHED) {
    throw new GatewayError('invalid_input', `One subscription may name ${MAX_WATCHED} resources.`);
  }
  const checked = await mapAtMost(CHECKED_AT_ONCE, uris, (uri) => checkResource(uri, { offer, visit, signal }));
  return uris.filter((_, at) => isThere(checked[at]));
}

function isThere(outcome: 'there' | 'absent' | ToldError | undefined): boolean {
  if (typeof outcome !== 'object') return outcome === 'there';
  const { code, message, advice, details, retryAfterSeconds } = outcome;
  throw new GatewayError(code, message, {
    advice,
    ...(details === undefined ? {} : { details }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterMs: retryAfterSeconds * 1000 }),
  });
}
