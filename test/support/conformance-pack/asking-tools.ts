import { z } from 'zod';
import type { ClientQuestion } from '../../../src/tools/client-channel.ts';
import type { Tool } from '../../../src/tools/define-tool.ts';
import { ROOTS, askFor, askModel, fixtureTool, say } from './fixture-tool.ts';
import type { FixtureCall, Reply } from './fixture-tool.ts';

const elicited = z.object({ action: z.enum(['accept', 'decline', 'cancel']), content: z.looseObject({}).optional() });
const sampled = z.object({ content: z.object({ type: z.literal('text'), text: z.string() }) });
const rooted = z.object({ roots: z.array(z.object({ uri: z.string() })) });

const NAME = askFor('What is your name?', 'name');
const CONFIRM = askFor('Please confirm', 'ok', 'boolean');
const FRANCE = askModel('What is the capital of France?');

/** Asks one thing, and tells what came back. Asks again until the answer can be read. */
function askOnce(
  name: string,
  key: string,
  question: ClientQuestion,
  tell: (answer: unknown) => string | undefined,
): Tool {
  return fixtureTool(name, ({ client }) => {
    const told = tell(client.answers[key]);
    return told === undefined ? { ask: { [key]: question } } : say(told);
  });
}

const tellElicited = (prefix: string) => (answer: unknown) => {
  const parsed = elicited.safeParse(answer);
  if (!parsed.success) return undefined;
  return `${prefix}action=${parsed.data.action}, content=${JSON.stringify(parsed.data.content ?? {})}`;
};
const tellSampled = (answer: unknown) => sampled.safeParse(answer).data?.content.text;
const tellRoots = (answer: unknown) =>
  rooted
    .safeParse(answer)
    .data?.roots.map(({ uri }) => uri)
    .join(', ');

const form = (message: string, properties: Record<string, unknown>, required: string[] = []): ClientQuestion => ({
  method: 'elicitation/create',
  params: { mode: 'form', message, requestedSchema: { type: 'object', properties, required } },
});

const DEFAULTS = form('Please review the defaults', {
  name: { type: 'string', default: 'John Doe' },
  age: { type: 'integer', default: 30 },
  score: { type: 'number', default: 95.5 },
  status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean', default: true },
});
const options = ['option1', 'option2', 'option3'];
const titled = (...titles: string[]) => titles.map((title, index) => ({ const: `value${index + 1}`, title }));
const ENUMS = form('Please choose', {
  untitledSingle: { type: 'string', enum: options },
  titledSingle: { type: 'string', oneOf: titled('First Option', 'Second Option', 'Third Option') },
  legacyEnum: {
    type: 'string',
    enum: ['opt1', 'opt2', 'opt3'],
    enumNames: ['Option One', 'Option Two', 'Option Three'],
  },
  untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
  titledMulti: { type: 'array', items: { anyOf: titled('First Choice', 'Second Choice', 'Third Choice') } },
});

function multiRound({ client }: FixtureCall): Reply {
  if (client.state === 'step1' && 'step1' in client.answers) {
    return { ask: { step2: askFor('Step 2: What is your favorite color?', 'color') }, state: 'step2' };
  }
  if (client.state === 'step2' && 'step2' in client.answers) return say('Both steps are done.');
  return { ask: { step1: askFor('Step 1: What is your name?', 'name') }, state: 'step1' };
}

function multipleInputs({ client }: FixtureCall): Reply {
  const keys = ['user_name', 'greeting', 'client_roots'];
  if (client.state === 'asked' && keys.every((key) => key in client.answers)) return say('All inputs are here.');
  return {
    ask: { user_name: NAME, greeting: askModel('Generate a greeting', 50), client_roots: ROOTS },
    state: 'asked',
  };
}

function onlyWhatCanBeAnswered({ client }: FixtureCall): Reply {
  const questions = Object.entries({ user_name: NAME, capital_question: FRANCE, client_roots: ROOTS });
  const possible = questions.filter(([, question]) => client.canAnswer(question));
  return possible.length === 0 ? say('Nothing can be asked.') : { ask: Object.fromEntries(possible) };
}

const confirmWithState = ({ client }: FixtureCall): Reply =>
  client.state === 'asked' && 'confirm' in client.answers
    ? say('state-ok: the state came back as it was sent')
    : { ask: { confirm: CONFIRM }, state: 'asked' };

export const ASKING_TOOLS: readonly Tool[] = [
  fixtureTool(
    'test_sampling',
    ({ client, args }) => {
      const told = tellSampled(client.answers['answer']);
      return told === undefined ? { ask: { answer: askModel(args['prompt'] ?? '') } } : say(`LLM response: ${told}`);
    },
    'prompt',
  ),
  fixtureTool(
    'test_elicitation',
    ({ client, args }) => {
      const told = tellElicited('User response: ')(client.answers['answer']);
      const fields = {
        username: { type: 'string', description: "User's response" },
        email: { type: 'string', description: "User's email address" },
      };
      if (told !== undefined) return say(told);
      return { ask: { answer: form(args['message'] ?? '', fields, ['username', 'email']) } };
    },
    'message',
  ),
  askOnce('test_elicitation_sep1034_defaults', 'answer', DEFAULTS, tellElicited('Elicitation completed: ')),
  askOnce('test_elicitation_sep1330_enums', 'answer', ENUMS, tellElicited('Elicitation completed: ')),
  askOnce('test_streaming_elicitation', 'user_name', NAME, tellElicited('')),
  askOnce('test_missing_capability', 'answer', askModel('Are you there?'), tellSampled),
  askOnce('test_input_required_result_elicitation', 'user_name', NAME, (answer) => {
    const name = elicited.safeParse(answer).data?.content?.['name'];
    return typeof name === 'string' ? `Hello, ${name}!` : undefined;
  }),
  askOnce('test_input_required_result_sampling', 'capital_question', FRANCE, tellSampled),
  askOnce('test_input_required_result_list_roots', 'client_roots', ROOTS, tellRoots),
  fixtureTool('test_input_required_result_request_state', confirmWithState),
  fixtureTool('test_input_required_result_tampered_state', confirmWithState),
  fixtureTool('test_input_required_result_multiple_inputs', multipleInputs),
  fixtureTool('test_input_required_result_multi_round', multiRound),
  fixtureTool('test_input_required_result_capabilities', onlyWhatCanBeAnswered),
];
