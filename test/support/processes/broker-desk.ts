import { createGrants, type Grant } from '../../../src/simulator/grants.ts';
import type { CounterReadings } from '../../../src/simulator/counters.ts';
import type { FaultRule } from '../../../src/simulator/faults/fault-rules.ts';
import type { SocketFilter } from '../../../src/simulator/faults/simulator-control.ts';
import type { HistoryReadings } from '../../../src/simulator/history.ts';

/** An order as the broker itself holds it. */
export type DeskOrder = {
  readonly id: string;
  readonly externalId: string;
  readonly status: string;
  readonly price: string;
};

/** A simulator in a process of its own, asked and commanded over its wire: what really reached the broker. */
export type BrokerDesk = {
  /** Where its REST interface is. */
  readonly url: string;
  counters(): Promise<CounterReadings>;
  /** What happened when: calls, sockets or grants since the last reset, oldest first. */
  history<Part extends keyof HistoryReadings>(part: Part): Promise<HistoryReadings[Part]>;
  addFault(rule: FaultRule): Promise<void>;
  clearFaults(): Promise<void>;
  /** Ends faults, frozen sockets and revocations; zeroes the counters and the history. */
  reset(): Promise<void>;
  /** Access tokens of one customer, or all, end now. */
  expireTokens(customer?: string): Promise<void>;
  /** No further access tokens for this customer until a reset. */
  revokeGrant(customer: string): Promise<void>;
  /** Cuts open sockets; resolves to how many. */
  dropSockets(filter?: SocketFilter): Promise<number>;
  /** Leaves open sockets half-open until a reset; resolves to how many. */
  freezeSockets(filter?: SocketFilter): Promise<number>;
  /** From now on the listing trades `factor` times higher. */
  moveMarket(symbol: string, factor: number): Promise<void>;
  grantFor(customer: string): Grant;
  /** The numbers of all accounts of a customer. */
  accounts(customer: string): Promise<readonly string[]>;
  /** Every order that a customer has in all its accounts, dead ones too, as the customer would see them. */
  orders(customer: string): Promise<readonly DeskOrder[]>;
};

type Json = Record<string, unknown>;

const PER_PAGE = 200;

export function openBrokerDesk(url: string, grantKey: string): BrokerDesk {
  const grants = createGrants(grantKey);

  async function ask(path: string, options: RequestInit = {}): Promise<Json> {
    const response = await fetch(`${url}${path}`, { ...options, signal: AbortSignal.timeout(30_000) });
    const text = await response.text();
    if (!response.ok) throw new Error(`The simulator answered ${response.status} to ${path}: ${text.slice(0, 300)}`);
    return JSON.parse(text) as Json;
  }

  const send = (method: string, path: string, body?: object): Promise<Json> =>
    ask(path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  const command = async (path: string, body: object = {}): Promise<void> =>
    void (await send('POST', `/_simulator/${path}`, body));

  async function onSockets(act: 'drop' | 'freeze', filter: SocketFilter): Promise<number> {
    const { data } = await send('POST', `/_simulator/sockets/${act}`, filter);
    return (data as { readonly sockets: number }).sockets;
  }

  async function login(customer: string): Promise<Record<string, string>> {
    const { clientSecret, refreshToken } = grants.grantFor(customer);
    const answer = await send('POST', '/oauth/token', {
      grant_type: 'refresh_token',
      client_secret: clientSecret,
      refresh_token: refreshToken,
    });
    return { authorization: `Bearer ${String(answer['access_token'])}`, 'user-agent': 'siege/1' };
  }

  const accountsOf = async (headers: Record<string, string>): Promise<readonly string[]> =>
    itemsOf(await ask('/customers/me/accounts', { headers })).map((item) =>
      textOf((item['account'] as Json)['account-number']),
    );

  async function ordersOf(account: string, headers: Record<string, string>): Promise<readonly DeskOrder[]> {
    const since = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);
    const found: DeskOrder[] = [];
    for (let page = 0; ; page += 1) {
      const query = `start-date=${since}&per-page=${PER_PAGE}&page-offset=${page}`;
      const rows = itemsOf(await ask(`/accounts/${account}/orders?${query}`, { headers }));
      found.push(...rows.map(toDeskOrder));
      if (rows.length < PER_PAGE) return found;
    }
  }

  return {
    url,
    counters: async () => (await ask('/_simulator/counters'))['data'] as CounterReadings,
    addFault: async (rule) => void (await send('POST', '/_simulator/faults', rule)),
    clearFaults: async () => void (await send('DELETE', '/_simulator/faults')),
    history: async (part) => (await ask(`/_simulator/${part}`))['data'] as HistoryReadings[typeof part],
    reset: () => command('reset'),
    expireTokens: (customerId) => command('tokens/expire', { customerId }),
    revokeGrant: (customerId) => command('grants/revoke', { customerId }),
    dropSockets: (filter = {}) => onSockets('drop', filter),
    freezeSockets: (filter = {}) => onSockets('freeze', filter),
    moveMarket: (symbol, factor) => command('market/move', { symbol, factor }),
    grantFor: grants.grantFor,
    accounts: async (customer) => accountsOf(await login(customer)),
    async orders(customer) {
      const headers = await login(customer);
      const found: DeskOrder[] = [];
      for (const account of await accountsOf(headers)) found.push(...(await ordersOf(account, headers)));
      return found;
    },
  };
}

const itemsOf = (answer: Json): readonly Json[] => (answer['data'] as { items: readonly Json[] }).items;

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

const toDeskOrder = (wire: Json): DeskOrder => ({
  id: textOf(wire['id']),
  externalId: textOf(wire['external-identifier']),
  status: textOf(wire['status']),
  price: textOf(wire['price']),
});
