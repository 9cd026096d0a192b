import type { FastifyInstance } from 'fastify';

const BOTH = 'application/json, text/event-stream';

type Headers = Readonly<Record<string, string | undefined>>;
export type Asked = { readonly headers?: Headers; readonly id?: string | number };

/** The envelope that every 2026-07-28 request carries. */
export const envelope = (capabilities: object = {}, version = '2026-07-28') => ({
  'io.modelcontextprotocol/protocolVersion': version,
  'io.modelcontextprotocol/clientCapabilities': capabilities,
});

const present = (headers: Headers): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));

export const headersFor = (headers: Headers = {}): Record<string, string> =>
  present({
    authorization: 'Bearer trader',
    host: '127.0.0.1',
    'content-type': 'application/json',
    accept: BOTH,
    ...headers,
  });

/** What a 2026-07-28 client sends, with right headers unless others are given. */
export function modernRequest(
  method: string,
  params: Record<string, unknown> = {},
  { headers = {}, id = 1 }: Asked = {},
) {
  const name = params['name'] ?? params['uri'];
  const own = {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    'mcp-name': typeof name === 'string' ? name : undefined,
  };
  return {
    headers: headersFor({ ...own, ...headers }),
    body: { jsonrpc: '2.0', id, method, params: { _meta: envelope(), ...params } },
  };
}

export function legacyRequest(
  method: string,
  params: Record<string, unknown> = {},
  { headers = {}, id = 1 }: Asked = {},
) {
  return { headers: headersFor(headers), body: { jsonrpc: '2.0', id, method, params } };
}

export const initialize = (capabilities: object = {}, version = '2025-11-25') =>
  legacyRequest('initialize', { protocolVersion: version, capabilities, clientInfo: { name: 'raw', version: '1' } });

/** Posts without a socket. */
export async function inject(
  app: FastifyInstance,
  { headers, body }: { headers: Record<string, string>; body: unknown },
  url = '/mcp',
) {
  return app.inject({ method: 'POST', url, headers, payload: typeof body === 'string' ? body : JSON.stringify(body) });
}

/** Opens a 2025 session and gives its id. */
export async function openSession(app: FastifyInstance, token = 'trader', capabilities: object = {}): Promise<string> {
  const { headers, body } = initialize(capabilities);
  const reply = await inject(app, { headers: { ...headers, authorization: `Bearer ${token}` }, body });
  return String(reply.headers['mcp-session-id']);
}
