import { randomBytes } from 'node:crypto';
import { request } from 'undici';
import { systemIds } from '../../../src/core/ids.ts';
import type { Log } from '../../../src/core/log.ts';
import { createSimulator, type Simulator } from '../../../src/simulator/create-simulator.ts';
import type { SimulatorOptions } from '../../../src/simulator/create-simulator.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';

export type Reply = {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  /** Undefined when the body is no JSON. */
  readonly json: unknown;
  /** What is at a path of the body: `error.code`, `data.items.0.symbol`. */
  at(path: string): unknown;
  /** `data.items`. */
  items(): readonly Readonly<Record<string, unknown>>[];
};

export type Asked = {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

export type OpenSimulator = {
  readonly simulator: Simulator;
  readonly clock: ManualClock;
  /** What the simulator logged as errors: a test that leaves one has found a defect. */
  readonly errors: unknown[];
  /** A fresh access token of this customer. */
  login(customerId: string, scope?: string): Promise<string>;
  ask(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, asked?: Asked): Promise<Reply>;
  /** The first account of a customer. */
  accountOf(token: string): Promise<string>;
};

export const USER_AGENT = 'tasty-gateway-test/1.0';

/** A simulator on a free port, on a Monday morning at 10:00 in New York. */
export async function openSimulator(changes: Partial<SimulatorOptions> = {}): Promise<OpenSimulator> {
  const clock = createManualClock();
  const errors: unknown[] = [];
  const simulator = await createSimulator({
    seed: 'wire-tests',
    clock,
    ids: systemIds,
    log: recordingLog(errors),
    host: '127.0.0.1',
    port: 0,
    grantKey: randomBytes(32).toString('hex'),
    alwaysOpen: false,
    ...changes,
  });

  const ask: OpenSimulator['ask'] = async (method, path, { token, headers = {}, body } = {}) => {
    const response = await request(`${simulator.restUrl}${path}`, {
      method,
      headers: {
        'user-agent': USER_AGENT,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.body.text();
    const contentType = String(response.headers['content-type']);
    return replyOf(response.statusCode, contentType, text);
  };

  return {
    simulator,
    clock,
    errors,
    ask,
    async login(customerId, scope) {
      const { clientSecret, refreshToken } = simulator.grantFor(customerId);
      const body = { grant_type: 'refresh_token', refresh_token: refreshToken, client_secret: clientSecret };
      const reply = await ask('POST', '/oauth/token', { body: scope === undefined ? body : { ...body, scope } });
      return String(reply.at('access_token'));
    },
    async accountOf(token) {
      const reply = await ask('GET', '/customers/me/accounts', { token });
      return String(reply.at('data.items.0.account.account-number'));
    },
  };
}

function replyOf(status: number, contentType: string, text: string): Reply {
  const json = contentType.includes('json') ? parsed(text) : undefined;
  const at = (path: string): unknown => path.split('.').reduce<unknown>(valueOf, json);
  const items: Reply['items'] = () => {
    const found = at('data.items');
    if (!Array.isArray(found)) throw new Error(`No list in ${text.slice(0, 500)}`);
    return found;
  };
  return { status, contentType, text, json, at, items };
}

function valueOf(holder: unknown, key: string): unknown {
  if (typeof holder !== 'object' || holder === null) return undefined;
  return new Map(Object.entries(holder)).get(key);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function recordingLog(errors: unknown[]): Log {
  const ignore = (): void => {};
  const log: Log = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (fields, message) => void errors.push({ message, ...fields }),
    with: () => log,
  };
  return log;
}
