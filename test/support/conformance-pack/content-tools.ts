import { GatewayError } from '../../../src/core/errors.ts';
import type { Tool } from '../../../src/tools/define-tool.ts';
import { PNG, WAV, fixtureTool, say, text } from './fixture-tool.ts';

const PAUSE_MS = 50;

export const CONTENT_TOOLS: readonly Tool[] = [
  fixtureTool('test_simple_text', () => say('This is a simple text response for testing.')),
  fixtureTool('test_image_content', () => ({ content: [{ type: 'image', data: PNG, mimeType: 'image/png' }] })),
  fixtureTool('test_audio_content', () => ({ content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] })),
  fixtureTool('test_embedded_resource', () => ({
    content: [
      {
        type: 'resource',
        resource: {
          uri: 'test://embedded-resource',
          mimeType: 'text/plain',
          text: 'This is an embedded resource content.',
        },
      },
    ],
  })),
  fixtureTool('test_multiple_content_types', () => ({
    content: [
      text('Multiple content types test:'),
      { type: 'image', data: PNG, mimeType: 'image/png' },
      {
        type: 'resource',
        resource: {
          uri: 'test://mixed-content-resource',
          mimeType: 'application/json',
          text: '{"test":"data","value":123}',
        },
      },
    ],
  })),
  fixtureTool('test_tool_with_logging', async ({ client, context }) => {
    await client.notice('info', 'Tool execution started');
    await context.clock.sleep(PAUSE_MS);
    await client.notice('info', 'Tool processing data');
    await context.clock.sleep(PAUSE_MS);
    await client.notice('info', 'Tool execution completed');
    return say('Tool with logging executed successfully');
  }),
  fixtureTool('test_tool_with_progress', async ({ client, context }) => {
    for (const done of [0, 50, 100]) {
      await client.progress({ done, total: 100 });
      await context.clock.sleep(PAUSE_MS);
    }
    return say('Tool with progress executed successfully');
  }),
  fixtureTool('test_error_handling', () => {
    throw new GatewayError('invalid_input', 'This tool intentionally returns an error for testing');
  }),
  fixtureTool('test_logging_tool', async ({ client }) => {
    await client.notice('info', 'Nobody asked for this line');
    return say('Logged');
  }),
];
