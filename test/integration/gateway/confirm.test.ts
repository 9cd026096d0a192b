import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LEGS } from '../../support/edge/legs.ts';
import type { CallResult, Leg, LegOptions } from '../../support/edge/legs.ts';
import { envelope } from '../../support/edge/raw.ts';
import { type TestGateway, readRpc, startTestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
  const { registry } = gateway.gateway.tenancy;
  for (const name of ['demo', 'demo-cash']) {
    await registry.setPlan(name, { confirm: 'always', duplicateSeconds: 0, ordersPerMinute: 1000 }, 'test');
  }
});
afterAll(() => gateway.close());
afterEach(() => gateway.simulator.control.reset());

const BUY = { legs: [{ symbol: 'SPY', action: 'Buy to Open', quantity: 1 }], price: -1 };
const YES = { action: 'accept', content: { send: true } } as const;
const sent = (): number =>
  Object.values(gateway.simulator.control.counters().orders).reduce((total, count) => total + count, 0);
const textOf = ({ content }: CallResult): string => content.map((part) => part.text ?? '').join('\n');

type Answer = NonNullable<LegOptions['answer']>;

/** One call by a real client whose person answers so; absent: the client can ask nobody. */
async function callBy(leg: Leg, answer?: Answer): Promise<{ result: CallResult; asked: number }> {
  let asked = 0;
  const counted = answer === undefined ? {} : { answer: () => ((asked += 1), answer()) };
  const client = await leg.connect({ url: gateway.url, token: gateway.token('demo-cash'), ...counted });
  try {
    return { result: await client.call('place_order', BUY), asked };
  } finally {
    await client.close();
  }
}

describe.each(LEGS.filter(({ isHttp }) => isHttp))('a client that can ask its person: $name', (leg) => {
  it('asks once, and a yes sends the order once', async () => {
    const { result, asked } = await callBy(leg, async () => YES);
    expect(result.isError, textOf(result)).not.toBe(true);
    expect(result.structuredContent).toMatchObject({ outcome: 'accepted', environment: 'paper' });
    expect(asked).toBe(1);
    expect(sent()).toBe(1);
  });

  it.each<[string, Awaited<ReturnType<Answer>>]>([
    ['no', { action: 'accept', content: { send: false } }],
    ['nothing', { action: 'accept', content: {} }],
    ['declined', { action: 'decline' }],
    ['cancelled', { action: 'cancel' }],
  ])('an answer that is %s sends nothing', async (_, answer) => {
    // A client may hold an answer without its field to be ill-formed, and not pass it on: nothing is sent then either.
    const told = await callBy(leg, async () => answer).then(
      ({ result }) => (result.isError === true ? textOf(result) : 'sent'),
      (error: unknown) => String(error),
    );
    expect(told).not.toBe('sent');
    if (answer.content === undefined || 'send' in answer.content) expect(told).toContain('[confirmation_declined]');
    expect(sent()).toBe(0);
  });
});

describe.each(LEGS.filter(({ isHttp }) => isHttp))('a confirmation from a client that can ask: $name', (leg) => {
  it.each([
    ['yes', YES, 1],
    ['no', { action: 'decline' } as const, 0],
  ])('does not take the place of its person: %s', async (_, answer, orders) => {
    let asked = 0;
    const ask = async () => ((asked += 1), answer);
    const client = await leg.connect({ url: gateway.url, token: gateway.token('demo-cash'), answer: ask });
    const { structuredContent: preview } = await client.call('preview_order', BUY);
    const { confirmation } = preview as { confirmation: string };
    const told = await client.call('place_order', { ...BUY, confirmation }).catch((error: unknown) => error);
    await client.close();
    expect(asked, String(told)).toBe(1);
    expect(sent()).toBe(orders);
  });
});

describe.each(LEGS.filter(({ isHttp }) => isHttp))('a client that can ask nobody: $name', (leg) => {
  it('hears what to do, and sends with the confirmation of a preview, once', async () => {
    const client = await leg.connect({ url: gateway.url, token: gateway.token('demo-cash') });
    const refused = await client.call('place_order', BUY);
    expect(refused.isError).toBe(true);
    expect(textOf(refused)).toMatch(/preview_order[^]*\[confirmation_needed\]/u);
    expect(sent()).toBe(0);
    const { structuredContent: preview } = await client.call('preview_order', BUY);
    const { confirmation } = preview as { confirmation: string };
    expect(confirmation).toMatch(/^[\w-]{43}$/u);
    const first = await client.call('place_order', { ...BUY, confirmation });
    const again = await client.call('place_order', { ...BUY, confirmation });
    await client.close();
    expect(first.structuredContent, textOf(first)).toMatchObject({ outcome: 'accepted' });
    expect(again.structuredContent).toMatchObject({ outcome: 'accepted', replayed: true });
    expect(sent()).toBe(1);
  });
});

type Round = {
  readonly token?: string;
  readonly tool?: string;
  readonly args?: Record<string, unknown>;
  readonly state?: string;
  readonly answer?: unknown;
  readonly capabilities?: object;
};
type Reply = {
  readonly result?: Record<string, unknown> & { readonly requestState?: string };
  readonly error?: Record<string, unknown>;
};

/** One request of a 2026-07-28 client, as it goes over the wire. */
async function round({ token, tool = 'place_order', args = BUY, state, answer, capabilities }: Round): Promise<Reply> {
  const response = await fetch(`${gateway.url}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token ?? gateway.token('demo-cash')}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': tool,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        _meta: envelope(capabilities ?? { elicitation: { form: {} } }),
        name: tool,
        arguments: args,
        ...(state === undefined ? {} : { requestState: state }),
        ...(answer === undefined ? {} : { inputResponses: { confirm: answer } }),
      },
    }),
  });
  return readRpc(response);
}

async function question(token?: string): Promise<string> {
  const { result } = await round(token === undefined ? {} : { token });
  if (result?.requestState === undefined) throw new Error(`It did not ask: ${JSON.stringify(result)}`);
  return result.requestState;
}

const NOT_BELIEVED = { error: { code: -32_602, message: 'Invalid or expired requestState' } };

describe('a 2026-07-28 client', () => {
  it('is asked in words that say what would be sent, from where and for what', async () => {
    const { result } = await round({});
    expect(result).toMatchObject({
      resultType: 'input_required',
      requestState: expect.any(String),
      inputRequests: {
        confirm: {
          method: 'elicitation/create',
          params: {
            message: expect.stringMatching(
              /^Send this order\? Account 5WX00002 \(paper\)\.\nBuy to open 1 share of SPY\nLimit at -1 \(debit per unit\), Day\nEffect: /u,
            ),
            requestedSchema: { properties: { send: { type: 'boolean', default: false } }, required: ['send'] },
          },
        },
      },
    });
    expect(sent()).toBe(0);
  });

  it('sends on a yes, once', async () => {
    const state = await question();
    expect(await round({ state, answer: YES })).toMatchObject({
      result: { structuredContent: { outcome: 'accepted' } },
    });
    expect(sent()).toBe(1);
  });

  it.each([
    { action: 'accept', content: { send: false } },
    { action: 'accept', content: { send: 'true' } },
    { action: 'accept', content: { send: 1 } },
    { action: 'accept', content: {} },
    { action: 'accept' },
    { action: 'decline', content: { send: true } },
    { action: 'cancel' },
    { action: 'ACCEPT', content: { send: true } },
    'yes',
    {},
  ])('sends nothing on %j', async (answer) => {
    const state = await question();
    const reply = await round({ state, answer });
    expect(reply.result?.['structuredContent']).toBeUndefined();
    expect(sent()).toBe(0);
  });

  it('sends nothing without an answer, and without the state that goes with it', async () => {
    const state = await question();
    await round({ state });
    await round({ answer: YES });
    expect(sent()).toBe(0);
  });

  it('sends nothing on a state that was changed, cut or made up', async () => {
    const state = await question();
    const forged = [
      `${state}x`,
      state.slice(0, -2),
      state.slice(0, Math.floor(state.length / 2)),
      state.replace(/[a-z]/u, (letter) => (letter === 'a' ? 'b' : 'a')),
      Buffer.from(JSON.stringify({ confirmationId: 'x' })).toString('base64url'),
      '',
    ];
    for (const other of forged) {
      const reply = await round({ state: other, answer: YES });
      expect(reply.result?.['structuredContent'], other).toBeUndefined();
    }
    expect(sent()).toBe(0);
  });

  it('sends nothing more on a state that is shown again', async () => {
    const state = await question();
    await round({ state, answer: YES });
    expect(await round({ state, answer: YES })).toMatchObject(NOT_BELIEVED);
    expect(sent()).toBe(1);
  });

  it('sends nothing on the state of another person, of another tenant or of another order', async () => {
    const { tenancy, devIssuer } = gateway.gateway;
    const bindings = (await tenancy.registry.show('demo-cash')).bindings;
    const issuer = bindings[0]?.issuer ?? '';
    await tenancy.registry.bind('demo-cash', { issuer, subject: 'colleague' });
    const colleague = devIssuer?.issue({ subject: 'colleague', scopes: ['read', 'trade'] }) ?? '';
    const state = await question();
    expect(await round({ token: colleague, state, answer: YES })).toMatchObject(NOT_BELIEVED);
    expect(await round({ token: gateway.token('demo'), state, answer: YES })).toMatchObject(NOT_BELIEVED);
    for (const args of [
      { ...BUY, price: -2 },
      { legs: [{ ...BUY.legs[0], quantity: 2 }], price: -1 },
    ]) {
      expect(await round({ args, state, answer: YES })).toMatchObject(NOT_BELIEVED);
    }
    expect(sent()).toBe(0);
  });

  it('gets no confirmation to pass on out of the state that it carries', async () => {
    const state = await question();
    const seen = [state, ...state.split('.').map((part) => Buffer.from(part, 'base64url').toString())].join(' ');
    for (const confirmation of seen.match(/[0-9a-f]{64}/gu) ?? []) {
      const reply = await round({ args: { ...BUY, confirmation } });
      expect(reply).toMatchObject({ result: { isError: true } });
    }
    expect(sent()).toBe(0);
  });

  it('that answers one question twice at once sends one order', async () => {
    for (let turn = 0; turn < 5; turn += 1) {
      const state = await question();
      const before = sent();
      await Promise.all(Array.from({ length: 4 }, () => round({ state, answer: YES })));
      expect(sent() - before).toBe(1);
    }
  });

  it('that cannot ask its person is not asked', async () => {
    const reply = await round({ capabilities: {} });
    expect(reply).toMatchObject({
      result: { isError: true, content: [{ text: expect.stringContaining('[confirmation_needed]') }] },
    });
    expect(sent()).toBe(0);
  });

  it('is asked for a replacement and for a complex order in words of their own, and never for a cancel', async () => {
    const placed = await round({ state: await question(), answer: YES });
    const { order } = (placed.result?.['structuredContent'] ?? {}) as { order?: { order_id: string } };
    const order_id = order?.order_id ?? 'none';
    const messageOf = ({ result }: Reply): unknown =>
      (result?.['inputRequests'] as { confirm?: { params: { message: string } } } | undefined)?.confirm?.params.message;
    const replacement = await round({ tool: 'replace_order', args: { order_id, price: -1.01 } });
    expect(messageOf(replacement)).toContain(`Replace order ${order_id}`);
    const legs = [{ symbol: 'SPY', action: 'Sell to Close', quantity: 1 }];
    const orders = [BUY, { legs, order_type: 'Stop', stop_trigger: 1 }];
    const complex = await round({ tool: 'place_complex_order', args: { type: 'OTO', orders } });
    expect(messageOf(complex)).toMatch(/as one OTO order[^]*Order 2: Sell to close 1 share of SPY/u);
    const cancelled = await round({ tool: 'delete_order', args: { order_id } });
    expect(cancelled).toMatchObject({ result: { structuredContent: { outcome: 'accepted' } } });
  });
});
