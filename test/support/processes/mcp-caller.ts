import { readRpc, type RpcAnswer, type ToolReply } from '../gateway.ts';

export type { ToolReply } from '../gateway.ts';

export const PROTOCOL = '2026-07-28';
export const META = {
  'io.modelcontextprotocol/protocolVersion': PROTOCOL,
  'io.modelcontextprotocol/clientInfo': { name: 'siege', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

export type ToolAsk = {
  readonly token: string;
  readonly tool: string;
  readonly args?: Readonly<Record<string, unknown>>;
  /** After so long the caller hangs up; a minute unless told. */
  readonly timeoutMs?: number;
};

/** One tool call over HTTP, as a client makes it. Throws when the connection, or patience, was lost. */
export async function callTool(
  url: string,
  { token, tool, args = {}, timeoutMs = 60_000 }: ToolAsk,
): Promise<ToolReply> {
  const response = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': PROTOCOL,
      'mcp-method': 'tools/call',
      'mcp-name': tool,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: tool, arguments: args, _meta: META },
    }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  return toolReplyOf(await readRpc(response), response.status);
}

/** What a tool call came to; what was refused before it became one is told as an error as well. */
export function toolReplyOf({ result, error }: RpcAnswer, status: number): ToolReply {
  if (result === undefined) return { isError: true, text: '', data: {}, error: codeOf(error, status) };
  const { isError = false, content = [], structuredContent = {}, _meta = {} } = result;
  return {
    isError,
    text: content.map((part) => part.text ?? '').join('\n'),
    data: structuredContent,
    error: _meta['tasty-gateway/error'] as Record<string, unknown> | undefined,
  };
}

/** What was refused before it became a tool call is told as a JSON-RPC error, or as a problem. */
function codeOf(error: Record<string, unknown> | undefined, status: number): Record<string, unknown> {
  const data = error?.['data'];
  return typeof data === 'object' && data !== null && 'code' in data
    ? { ...data }
    : { code: `http_${status}`, ...error };
}
