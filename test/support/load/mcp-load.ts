import type { RawHttp, RawReply } from './raw-http.ts';
import type { Fate } from './load-tally.ts';

const PROTOCOL = '2026-07-28';
const META = {
  'io.modelcontextprotocol/protocolVersion': PROTOCOL,
  'io.modelcontextprotocol/clientInfo': { name: 'load', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

export type Era = 'modern' | 'legacy';

export type LoadCall = {
  readonly token: string;
  readonly tool: string;
  readonly args?: Readonly<Record<string, unknown>>;
  /** `modern` unless told. A legacy call keeps no session. */
  readonly era?: Era;
};

/** Makes one tool call, under the request id `id`, and tells what became of it. */
export async function sendToolCall(http: RawHttp, { token, tool, args = {}, era = 'modern' }: LoadCall, id: string) {
  const isModern = era === 'modern';
  const params = { name: tool, arguments: args, ...(isModern ? { _meta: META } : {}) };
  const reply = await http.send({
    method: 'POST',
    path: '/mcp',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'x-request-id': id,
      ...(isModern ? { 'mcp-protocol-version': PROTOCOL, 'mcp-method': 'tools/call', 'mcp-name': tool } : {}),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params }),
  });
  return fateOf(reply);
}

const SHED_STATUS: ReadonlySet<number> = new Set([429, 503]);

/** A refusal inside of a tool's answer is one as well; any other error of a tool is a failure. */
export function fateOf({ status, headers, body }: RawReply): Fate {
  if (SHED_STATUS.has(status)) return headers['retry-after'] === undefined ? 'failed' : 'shed';
  if (status !== 200 || !body.includes('"result"')) return 'failed';
  if (!body.includes('"isError":true')) return 'ok';
  return /"code":"(?:overloaded|rate_limited|broker_rate_limited)"/u.test(body) ? 'shed' : 'failed';
}
