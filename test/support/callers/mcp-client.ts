import type { ToolReply } from '../gateway.ts';
import { META, PROTOCOL, toolReplyOf } from '../processes/mcp-caller.ts';
import type { Caller, Exchange, Headers } from './caller.ts';

export type Era = '2025' | '2026';

export type CallReply = Exchange & {
  /** Absent when no gateway answered. */
  readonly reply: ToolReply | undefined;
};

/** A client of several steps, of either era. Nothing it does throws: what became of each step is told. */
export type McpClient = {
  readonly era: Era;
  /** What its era does before the first call; the exchanges that it took. */
  open(): Promise<readonly Exchange[]>;
  listTools(): Promise<Exchange>;
  call(tool: string, args?: Readonly<Record<string, unknown>>): Promise<CallReply>;
  close(): Promise<readonly Exchange[]>;
};

const OLD_PROTOCOL = '2025-11-25';

export const createMcpClient = (caller: Caller, era: Era): McpClient =>
  era === '2026' ? createModernClient(caller) : createSessionClient(caller);

/** 2026-07-28: every request says all that there is to know. */
function createModernClient(caller: Caller): McpClient {
  const post = (method: string, params: Readonly<Record<string, unknown>> = {}): Promise<Exchange> =>
    caller.post(
      { method, params: { ...params, _meta: META } },
      {
        'mcp-protocol-version': PROTOCOL,
        'mcp-method': method,
        ...(typeof params['name'] === 'string' ? { 'mcp-name': params['name'] } : {}),
      },
    );
  return {
    era: '2026',
    open: async () => [await post('server/discover')],
    listTools: () => post('tools/list'),
    call: async (name, args = {}) => withReply(await post('tools/call', { name, arguments: args })),
    close: async () => [],
  };
}

/** 2025-11-25: it opens a session, and names it from then on. */
function createSessionClient(caller: Caller): McpClient {
  let headers: Headers = { 'mcp-protocol-version': OLD_PROTOCOL };
  return {
    era: '2025',
    async open() {
      const params = {
        protocolVersion: OLD_PROTOCOL,
        capabilities: {},
        clientInfo: { name: 'fleet', version: '1' },
      };
      const opened = await caller.post({ method: 'initialize', params }, {});
      const session = opened.headers['mcp-session-id'];
      if (typeof session !== 'string') return [opened];
      headers = { ...headers, 'mcp-session-id': session };
      return [opened, await caller.notify({ method: 'notifications/initialized' }, headers)];
    },
    listTools: () => caller.post({ method: 'tools/list' }, headers),
    call: async (name, args = {}) =>
      withReply(await caller.post({ method: 'tools/call', params: { name, arguments: args } }, headers)),
    close: async () => [await caller.end(headers)],
  };
}

const withReply = (exchange: Exchange): CallReply => ({
  ...exchange,
  reply: exchange.rpc === undefined ? undefined : toolReplyOf(exchange.rpc, exchange.entry.status),
});
