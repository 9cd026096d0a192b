import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type SeenRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
};

export type Answer = {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How the connection ends instead of with a whole answer. */
  readonly fault?: 'reset-before-answer' | 'hang' | 'cut-in-body' | 'hang-in-body';
};

export type Responder = (request: SeenRequest) => Answer | Promise<Answer>;

/** A broker that answers what a test tells it to, remembers what it was asked, and checks tokens that it gave out. */
export type FakeBroker = {
  readonly url: string;
  readonly seen: SeenRequest[];
  /** Requests of one route, the token call apart. */
  seenAt(method: string, path: string): readonly SeenRequest[];
  /** The newest responder of a route wins; `path` is the raw one, percent codes included. */
  on(method: string, path: string, responder: Responder): void;
  /** Access tokens that are good now. */
  readonly goodTokens: Set<string>;
  tokenCalls(): number;
  close(): Promise<void>;
};

export const lists = (items: readonly unknown[], pagination?: object): Answer => ({
  json: { data: { items }, context: '/', ...(pagination === undefined ? {} : { pagination }) },
});
export const data = (value: unknown, status = 200): Answer => ({ status, json: { data: value, context: '/' } });
export const refusal = (status: number, code: string, message = 'No.', errors?: readonly unknown[]): Answer => ({
  status,
  json: { error: { code, message, ...(errors === undefined ? {} : { errors }) } },
});

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function write(response: ServerResponse, answer: Answer): void {
  const body = answer.text ?? (answer.json === undefined ? '' : JSON.stringify(answer.json));
  const type = answer.json === undefined ? 'text/html' : 'application/json';
  const headers = { 'content-type': type, ...answer.headers };
  switch (answer.fault) {
    case 'reset-before-answer':
      response.socket?.resetAndDestroy();
      return;
    case 'hang':
      return;
    case 'cut-in-body':
      response.writeHead(answer.status ?? 200, { ...headers, 'content-length': String(body.length + 100) });
      response.write(body, () => response.socket?.destroy());
      return;
    case 'hang-in-body':
      response.writeHead(answer.status ?? 200, { ...headers, 'content-length': String(body.length + 100) });
      response.write(body);
      return;
    case undefined:
      response.writeHead(answer.status ?? 200, headers);
      response.end(body);
  }
}

export async function startFakeBroker(): Promise<FakeBroker> {
  const seen: SeenRequest[] = [];
  const responders = new Map<string, Responder>();
  const goodTokens = new Set<string>();
  let issued = 0;

  responders.set('POST /oauth/token', () => {
    issued += 1;
    const token = `access-token-${issued}`;
    goodTokens.add(token);
    return { json: { access_token: token, token_type: 'Bearer', expires_in: 900 } };
  });

  async function answerTo(request: SeenRequest): Promise<Answer> {
    if (request.headers['user-agent'] === undefined) return { status: 401, text: '<html><h1>401</h1></html>' };
    const token = /^Bearer (.+)$/u.exec(request.headers.authorization ?? '')?.[1];
    if (request.path !== '/oauth/token' && !goodTokens.has(token ?? ''))
      return refusal(401, 'unauthorized', 'Unauthorized.');
    const responder = responders.get(`${request.method} ${request.path}`);
    return responder === undefined ? refusal(404, 'not_found', 'No such route.') : responder(request);
  }

  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? '/', 'http://broker.invalid');
      const one = {
        method: request.method ?? '',
        path: (request.url ?? '').split('?')[0] ?? '',
        query: url.searchParams,
        headers: request.headers,
        text: await readBody(request),
      };
      seen.push(one);
      write(response, await answerTo(one));
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    goodTokens,
    seenAt: (method, path) => seen.filter((one) => one.method === method && one.path === path),
    on: (method, path, responder) => void responders.set(`${method} ${path}`, responder),
    tokenCalls: () => seen.filter((one) => one.path === '/oauth/token').length,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
