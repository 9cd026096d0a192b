import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { envelope, inject, modernRequest } from '../../support/edge/raw.ts';
import { buildTestApp } from '../../support/edge/test-gateway.ts';
import { testTools } from '../../support/edge/test-tools.ts';
import type { Witness } from '../../support/edge/test-tools.ts';

const CAN_ASK = { _meta: envelope({ elicitation: {} }) };
const YES = { confirm: { action: 'accept', content: { sure: true } } };

let app: FastifyInstance;
let witness: Witness;
beforeEach(async () => {
  const tools = testTools();
  witness = tools.witness;
  app = await buildTestApp({ packs: [tools.pack] });
});
afterEach(async () => app.close());

type Retry = {
  readonly quantity?: number;
  readonly token?: string;
  readonly state?: unknown;
  readonly responses?: unknown;
};

async function sell({ quantity = 1, token = 'trader', state, responses }: Retry = {}) {
  const params = {
    name: 'sell',
    arguments: { quantity },
    ...CAN_ASK,
    ...(state === undefined ? {} : { requestState: state }),
    ...(responses === undefined ? {} : { inputResponses: responses }),
  };
  return (
    await inject(app, modernRequest('tools/call', params, { headers: { authorization: `Bearer ${token}` } }))
  ).json();
}

const stateFor = async (quantity = 1): Promise<string> => (await sell({ quantity })).result.requestState;
const REFUSED = { error: { code: -32_602, message: 'Invalid or expired requestState' } };

describe('the state of a call that asks', () => {
  it('lets the call go on, once', async () => {
    const state = await stateFor();
    expect(await sell({ state, responses: YES })).toMatchObject({ result: { structuredContent: { sold: 1 } } });
    expect(await sell({ state, responses: YES })).toMatchObject(REFUSED);
    expect(witness.events).toEqual(['sold 1']);
  });

  it('lets it go on once, however many try at the same moment', async () => {
    const state = await stateFor();
    const tries = await Promise.all(Array.from({ length: 20 }, async () => sell({ state, responses: YES })));
    expect(tries.filter(({ result }) => result !== undefined)).toHaveLength(1);
    expect(witness.events).toEqual(['sold 1']);
  });

  it('is good for the arguments it was given for', async () => {
    const state = await stateFor(1);
    expect(await sell({ quantity: 1000, state, responses: YES })).toMatchObject(REFUSED);
    expect(witness.events).toEqual([]);
  });

  it('is good for the caller it was given to', async () => {
    const state = await stateFor();
    expect(await sell({ token: 'other', state, responses: YES })).toMatchObject(REFUSED);
    expect(witness.events).toEqual([]);
  });

  it('cannot be made up, nor changed by a single character', async () => {
    const state = await stateFor();
    const flipped = `${state.slice(0, -2)}${state.at(-2) === 'A' ? 'B' : 'A'}${state.slice(-1)}`;
    const payload = Buffer.from(JSON.stringify({ p: { nonce: 'n', state: 'asked' }, exp: 9e9 })).toString('base64url');
    for (const forged of [flipped, 'v1.', '', 'asked', `v1.${payload}.`, `v1.${payload}.${payload}`, 7, null, {}]) {
      expect(await sell({ state: forged, responses: YES })).not.toMatchObject({ result: { structuredContent: {} } });
    }
    expect(witness.events).toEqual([]);
  });

  it('is not done without: an answer nobody asked for is asked for', async () => {
    expect(await sell({ responses: YES })).toMatchObject({ result: { resultType: 'input_required' } });
    expect(witness.events).toEqual([]);
  });

  it('does not make a yes of anything else', async () => {
    for (const confirm of [
      { action: 'decline' },
      { action: 'accept' },
      { action: 'accept', content: { sure: 'true' } },
    ]) {
      const state = await stateFor();
      expect(await sell({ state, responses: { confirm } })).toMatchObject({ result: { resultType: 'input_required' } });
    }
    expect(witness.events).toEqual([]);
  });
});
