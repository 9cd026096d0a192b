import { type IncomingMessage, request } from 'node:http';
import { parseRpc, type RpcAnswer } from '../gateway.ts';
import type { Fate, RequestEntry, RequestLedger } from './request-ledger.ts';

export type Message = { readonly method: string; readonly params?: Readonly<Record<string, unknown>> };
export type Headers = Readonly<Record<string, string>>;

export type Exchange = {
  readonly entry: RequestEntry;
  /** The JSON-RPC id that the request had. */
  readonly rpcId: number;
  /** The one message of the answer, if there was one. */
  readonly rpc: RpcAnswer | undefined;
  readonly headers: IncomingMessage['headers'];
};

/** Sends MCP messages to one gateway address, each over a new connection, and writes each down. Never throws. */
export type Caller = {
  readonly client: string;
  post(message: Message, headers: Headers): Promise<Exchange>;
  /** A notification has no answer. */
  notify(message: Message, headers: Headers): Promise<Exchange>;
  /** DELETE: the end of a session. */
  end(headers: Headers): Promise<Exchange>;
};

export type CallerOptions = {
  /** Without a path. */
  readonly url: string;
  readonly token: string;
  readonly ledger: RequestLedger;
  readonly client: string;
  /** After so long it hangs up: then the request is lost. */
  readonly timeoutMs?: number;
};

type Answer = { readonly status: number; readonly headers: IncomingMessage['headers']; readonly text: string };
type Sending = { readonly method: 'POST' | 'DELETE'; readonly headers: Headers; readonly body: string };

const PATIENCE_MS = 30_000;

export function createCaller(options: CallerOptions): Caller {
  const { token, ledger, client } = options;

  async function exchange(method: Sending['method'], headers: Headers, message?: object): Promise<Exchange> {
    const rpcId = ledger.nextNumber();
    const id = ledger.idOf(rpcId);
    const body = message === undefined ? '' : JSON.stringify({ jsonrpc: '2.0', ...withId(message, rpcId) });
    const common = { authorization: `Bearer ${token}`, 'x-request-id': id, accept: ACCEPT };
    const content =
      body === '' ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
    const sentAt = performance.now();
    const answer = await send(options, { method, headers: { ...common, ...content, ...headers }, body }).catch(
      (error: Error) => error,
    );
    const known = { id, client, what: whatOf(method, message), sentAt, ms: performance.now() - sentAt };
    const { rpc, ...seen } = judge(answer, id);
    const entry: RequestEntry = { ...known, ...seen };
    ledger.enter(entry);
    return { entry, rpcId, rpc, headers: answer instanceof Error ? {} : answer.headers };
  }

  return {
    client,
    post: (message, headers) => exchange('POST', headers, { id: undefined, ...message }),
    notify: (message, headers) => exchange('POST', headers, message),
    end: (headers) => exchange('DELETE', headers),
  };
}

const ACCEPT = 'application/json, text/event-stream';

/** Requests have an id; notifications must not. */
const withId = (message: object, id: number): object => ('id' in message ? { ...message, id } : message);

function whatOf(method: string, message: object | undefined): string {
  const { method: name = method, params } = (message ?? {}) as Partial<Message>;
  return [name, params?.['name']].filter((word) => typeof word === 'string').join(' ');
}

function send({ url, timeoutMs = PATIENCE_MS }: CallerOptions, { method, headers, body }: Sending): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const asked = request(`${url}/mcp`, { method, headers, agent: false, signal }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      // An answer that breaks off is none.
      response.once('error', reject);
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

type Judged = { readonly fate: Fate; readonly status: number; readonly why?: string; readonly rpc?: RpcAnswer };

function judge(answer: Answer | Error, id: string): Judged {
  if (answer instanceof Error) return { fate: 'lost', status: 0, why: reasonOf(answer) };
  const { status, headers, text } = answer;
  if (headers['x-request-id'] !== id) return { fate: 'lost', status, why: `no gateway answered: ${status}` };
  const rpc = rpcOf(text, headers['content-type'] ?? '');
  const code = errorCodeOf(rpc, text);
  const told = { status, ...(rpc === undefined ? {} : { rpc }), ...(code === undefined ? {} : { why: code }) };
  if (status === 429 || status === 503) return { fate: 'shed', ...told };
  if (status >= 500) return { fate: 'lost', ...told };
  return { fate: 'answered', ...told };
}

const reasonOf = (error: Error): string => ('code' in error ? String(error.code) : error.name);

function rpcOf(text: string, contentType: string): RpcAnswer | undefined {
  try {
    return text === '' ? undefined : parseRpc(text, contentType);
  } catch {
    return undefined;
  }
}

/** The gateway's own code of an error, wherever it stands: in a tool's result, in a JSON-RPC error, or in problem JSON. */
function errorCodeOf(rpc: RpcAnswer | undefined, text: string): string | undefined {
  if (rpc === undefined) return text === '' ? undefined : 'unreadable';
  const inResult = rpc.result?._meta?.['tasty-gateway/error'];
  const inError = (rpc.error?.['data'] ?? rpc.error) as unknown;
  const found = [inResult, inError, rpc].find((value) => codeIn(value) !== undefined);
  return codeIn(found) ?? (rpc.result?.isError === true ? 'error' : undefined);
}

function codeIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('code' in value)) return undefined;
  return typeof value.code === 'string' || typeof value.code === 'number' ? String(value.code) : undefined;
}
