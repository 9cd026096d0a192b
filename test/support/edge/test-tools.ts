import { z } from 'zod';
import { GatewayError } from '../../../src/core/errors.ts';
import { defineTool } from '../../../src/tools/define-tool.ts';
import type { Pack } from '../../../src/tools/pack.ts';

const READ = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true } as const;
const WRITE = { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true } as const;
const confirmed = z.object({ action: z.literal('accept'), content: z.object({ sure: z.literal(true) }) });

/** What the tools of one test saw and wait for. */
export type Witness = {
  readonly events: string[];
  /** Lets every waiting `wait` go on. */
  release(): void;
  /** Resolves when the next `wait` has begun. */
  begun(): Promise<void>;
};

/** A few tools that behave like a broker's, through the real definition and registry. */
export function testTools(): { pack: Pack; witness: Witness } {
  const events: string[] = [];
  let gate = Promise.withResolvers<void>();
  let beginning = Promise.withResolvers<void>();

  const whoami = defineTool({
    name: 'whoami',
    title: 'Who am I',
    description: 'Says on whose behalf the call is made, and repeats a word.',
    scope: 'read',
    annotations: READ,
    input: z.strictObject({ word: z.string().default('nothing') }),
    output: z.strictObject({ tenant: z.string(), word: z.string() }),
    async handle({ word }, { tenant }) {
      return { data: { tenant: tenant.name, word }, text: `${tenant.name} says ${word}` };
    },
  });
  const wait = defineTool({
    name: 'wait',
    title: 'Wait',
    description: 'Answers when it is let go, or ends with its caller.',
    scope: 'read',
    annotations: READ,
    input: z.strictObject({}),
    output: z.strictObject({}),
    async handle(_, { signal }) {
      const onAbort = () => events.push('aborted');
      signal.addEventListener('abort', onAbort, { once: true });
      beginning.resolve();
      await gate.promise;
      signal.removeEventListener('abort', onAbort);
      events.push('released');
      return { data: {}, text: 'Waited.' };
    },
  });
  const send = defineTool({
    name: 'send',
    title: 'Send',
    description: 'Sends something that cannot be called back, when it is let go.',
    scope: 'trade',
    annotations: WRITE,
    input: z.strictObject({}),
    output: z.strictObject({}),
    async handle(_, { signal }) {
      signal.addEventListener('abort', () => events.push('told of the hang-up'), { once: true });
      beginning.resolve();
      await gate.promise;
      events.push('sent');
      return { data: {}, text: 'Sent.' };
    },
  });
  const refuse = defineTool({
    name: 'refuse',
    title: 'Refuse',
    description: 'Fails in a way that the caller can mend.',
    scope: 'read',
    annotations: READ,
    input: z.strictObject({}),
    output: z.strictObject({}),
    async handle() {
      throw new GatewayError('broker_refused', 'The broker refused.', { details: { nearest: ['450', '455'] } });
    },
  });
  const sell = defineTool({
    name: 'sell',
    title: 'Sell',
    description: 'Asks whether it should, and then does.',
    scope: 'trade',
    annotations: WRITE,
    input: z.strictObject({ quantity: z.int() }),
    output: z.strictObject({ sold: z.int() }),
    async handle({ quantity }, _, client) {
      if (client.state === 'asked' && confirmed.safeParse(client.answers['confirm']).success) {
        events.push(`sold ${quantity}`);
        return { data: { sold: quantity }, text: `Sold ${quantity}.` };
      }
      const requestedSchema = { type: 'object', properties: { sure: { type: 'boolean' } }, required: ['sure'] };
      const params = { mode: 'form', message: `Sell ${quantity}?`, requestedSchema };
      return { ask: { confirm: { method: 'elicitation/create', params } }, state: 'asked' };
    },
  });
  return {
    pack: { tools: [whoami, wait, refuse, sell, send] },
    witness: {
      events,
      release() {
        gate.resolve();
        gate = Promise.withResolvers();
      },
      async begun() {
        await beginning.promise;
        beginning = Promise.withResolvers();
      },
    },
  };
}
