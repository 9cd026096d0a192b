import type { ContentPart } from '../../../src/tools/define-tool.ts';
import type { Pack, Prompt, PromptArgument, Resource } from '../../../src/tools/pack.ts';
import { ASKING_TOOLS } from './asking-tools.ts';
import { CONTENT_TOOLS } from './content-tools.ts';
import { PNG, askFor, text } from './fixture-tool.ts';

type Rendered = Awaited<ReturnType<Prompt['render']>>;
const from = (...parts: ContentPart[]): Rendered => parts.map((content) => ({ role: 'user', content }));
const required = (name: string): PromptArgument => ({ name, description: `The argument ${name}`, required: true });

function prompt(name: string, args: readonly PromptArgument[], render: Prompt['render']): Prompt {
  const description = `The fixture ${name} of the MCP conformance suite.`;
  return { name, title: name, description, scope: 'read', arguments: args, render };
}

const PROMPTS: readonly Prompt[] = [
  prompt('test_simple_prompt', [], async () => from(text('This is a simple prompt for testing.'))),
  prompt(
    'test_prompt_with_arguments',
    [
      {
        ...required('arg1'),
        complete: async (typed) => ['paris', 'park', 'party'].filter((word) => word.startsWith(typed)),
      },
      required('arg2'),
    ],
    async (args) => from(text(`Prompt with arguments: arg1='${args['arg1']}', arg2='${args['arg2']}'`)),
  ),
  prompt('test_prompt_with_embedded_resource', [required('resourceUri')], async (args) =>
    from(
      {
        type: 'resource',
        resource: {
          uri: args['resourceUri'] ?? '',
          mimeType: 'text/plain',
          text: 'Embedded resource content for testing.',
        },
      },
      text('Please process the embedded resource above.'),
    ),
  ),
  prompt('test_prompt_with_image', [], async () =>
    from({ type: 'image', data: PNG, mimeType: 'image/png' }, text('Please analyze the image above.')),
  ),
  prompt('test_input_required_result_prompt', [], async (_, __, client) =>
    'user_context' in client.answers
      ? from(text('Thank you for the context.'))
      : { ask: { user_context: askFor('What context should the prompt use?', 'context') } },
  ),
];

function resource(uri: string, mimeType: string, body: { text: string } | { blob: string }): Resource {
  const description = `The fixture ${uri} of the MCP conformance suite.`;
  return {
    uri,
    name: uri,
    title: uri,
    description,
    mimeType,
    scope: 'read',
    read: async () => ({ uri, mimeType, ...body }),
  };
}

/** What the scenarios of the MCP conformance suite look for. For tests alone: nothing under src knows of it. */
export const CONFORMANCE_PACK: Pack = {
  tools: [...CONTENT_TOOLS, ...ASKING_TOOLS],
  prompts: PROMPTS,
  resources: [
    resource('test://static-text', 'text/plain', { text: 'This is the content of the static text resource.' }),
    resource('test://static-binary', 'image/png', { blob: PNG }),
    resource('test://watched-resource', 'text/plain', { text: 'This resource can be watched.' }),
  ],
  resourceTemplates: [
    {
      uriTemplate: 'test://template/{id}/data',
      name: 'template',
      title: 'Template',
      description: 'The resource template of the MCP conformance suite.',
      mimeType: 'application/json',
      scope: 'read',
      read: async (uri, { id }) => ({
        uri,
        mimeType: 'application/json',
        text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
      }),
    },
  ],
};
