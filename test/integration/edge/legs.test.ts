import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LEGS } from '../../support/edge/legs.ts';
import type { LegClient, LegOptions } from '../../support/edge/legs.ts';
import { startTestGateway } from '../../support/edge/test-gateway.ts';
import type { TestGateway } from '../../support/edge/test-gateway.ts';
import { testTools } from '../../support/edge/test-tools.ts';

describe.each(LEGS)('$name', (leg) => {
  const { pack, witness } = testTools();
  let gateway: TestGateway;
  const clients: LegClient[] = [];
  const connect = async (options: Omit<LegOptions, 'url'>): Promise<LegClient> => {
    const client = await leg.connect({ url: gateway.url, ...options });
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    gateway = await startTestGateway({ packs: [pack] });
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    witness.events.length = 0;
  });
  afterAll(async () => gateway.close());

  it('lists the tools in scope, in the order of the pack, and says how to use them', async () => {
    const client = await connect({ token: 'trader' });
    expect(await client.listTools()).toEqual(['whoami', 'wait', 'refuse', 'sell', 'send']);
    expect(client.instructions).toBe('Tools of a test.');
    const { revision } = client;
    if (revision !== undefined) expect(revision).toBe(leg.era === 'modern' ? '2026-07-28' : '2025-11-25');
  });

  it('calls a tool, and gives its data and its words', async () => {
    const client = await connect({ token: 'reader' });
    const result = await client.call('whoami', { word: 'hello' });
    expect(result.structuredContent).toEqual({ tenant: 'ada', word: 'hello' });
    expect(result.content).toEqual([{ type: 'text', text: 'ada says hello' }]);
    expect(result.isError).not.toBe(true);
  });

  it('tells a failure as an error with its code, its advice and its details', async () => {
    const client = await connect({ token: 'reader' });
    const result = await client.call('refuse');
    expect(result.isError).toBe(true);
    expect(result.content[0]?.text).toMatch(/^The broker refused\.\n.*\[broker_refused\]$/su);
    expect(result.content[1]?.text).toBe('{"nearest":["450","455"]}');
  });

  it('refuses arguments that the tool does not have', async () => {
    const client = await connect({ token: 'reader' });
    const result = await client.call('whoami', { tenant: 'bob' });
    expect(result.isError).toBe(true);
    expect(result.content[0]?.text).toContain('[invalid_input]');
  });

  it('answers -32602 to a tool that does not exist', async () => {
    const client = await connect({ token: 'reader' });
    await expect(client.call('nothing_like_it')).rejects.toMatchObject({ code: -32_602 });
  });

  it('neither lists nor runs what is out of scope', async () => {
    const client = await connect({
      token: 'reader',
      answer: async () => ({ action: 'accept', content: { sure: true } }),
    });
    expect(await client.listTools()).not.toContain('sell');
    const outcome = await client.call('sell', { quantity: 3 }).catch((error: unknown) => error);
    if (leg.isHttp) expect(outcome).toBeInstanceOf(Error);
    else
      expect(outcome).toMatchObject({
        isError: true,
        content: [{ text: expect.stringContaining('[insufficient_scope]') }, {}],
      });
    expect(witness.events).toEqual([]);
  });

  it('asks the person, and goes on with the answer', async () => {
    let asked = 0;
    const answer = async () => {
      asked += 1;
      return { action: 'accept' as const, content: { sure: true } };
    };
    const client = await connect({ token: 'trader', answer });
    const result = await client.call('sell', { quantity: 3 });
    expect(result.structuredContent).toEqual({ sold: 3 });
    expect(asked).toBe(1);
  });

  it('fails a call that needs an answer no one can give', async () => {
    const client = await connect({ token: 'trader' });
    const outcome = await client.call('sell', { quantity: 3 }).catch((error: unknown) => ({ isError: true, error }));
    expect(outcome).toMatchObject({ isError: true });
    expect(witness.events).toEqual([]);
  });

  it('runs many calls at a time and mixes none of them up', async () => {
    const client = await connect({ token: 'reader' });
    const words = Array.from({ length: 40 }, (_, index) => `word ${index}`);
    const results = await Promise.all(words.map((word) => client.call('whoami', { word })));
    expect(results.map(({ structuredContent }) => structuredContent)).toEqual(
      words.map((word) => ({ tenant: 'ada', word })),
    );
  });
});
