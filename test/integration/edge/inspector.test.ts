import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway } from '../../support/edge/test-gateway.ts';
import type { TestGateway } from '../../support/edge/test-gateway.ts';
import { testTools } from '../../support/edge/test-tools.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const LAUNCHER = new URL(
  '../../../node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js',
  import.meta.url,
).pathname;
const STDIO_PROGRAM = new URL('../../support/edge/stdio-program.ts', import.meta.url).pathname;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ packs: [testTools().pack] });
});
afterAll(async () => gateway.close());

/** Runs MCP Inspector's command line and reads its answer. */
async function inspect(args: readonly string[]): Promise<{ code: number | null; answer: unknown; errors: string }> {
  const home = await temporaryFolder();
  const env = { ...process.env, HOME: home, MCP_CATALOG_PATH: `${home}/mcp.json` };
  const child = spawn(process.execPath, [LAUNCHER, '--cli', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on('exit', resolve)),
  ]);
  return { code, answer: code === 0 ? JSON.parse(out) : out, errors };
}

const TARGETS = [
  [
    'streamable HTTP',
    (url: string, token: string) => [`${url}/mcp`, '--transport', 'http', '--header', `Authorization: Bearer ${token}`],
  ],
  [
    'HTTP+SSE',
    (url: string, token: string) => [`${url}/sse`, '--transport', 'sse', '--header', `Authorization: Bearer ${token}`],
  ],
  [
    'stdio',
    (_: string, token: string) => [process.execPath, STDIO_PROGRAM, 'read', ...(token === 'trader' ? ['trade'] : [])],
  ],
] as const;

describe.each(TARGETS)('MCP Inspector over %s', (_, target) => {
  it('lists the tools, and finds no fault with their schemas', async () => {
    const { code, answer, errors } = await inspect([
      ...target(gateway.url, 'trader'),
      '--method',
      'tools/list',
      '--strict',
    ]);
    expect({ code, errors }).toMatchObject({ code: 0 });
    expect(answer).toMatchObject({
      tools: [{ name: 'whoami' }, { name: 'wait' }, { name: 'refuse' }, { name: 'sell' }, { name: 'send' }],
    });
  });

  it('calls a tool', async () => {
    const call = ['--method', 'tools/call', '--tool-name', 'whoami', '--tool-arg', 'word=hello'];
    const { answer } = await inspect([...target(gateway.url, 'reader'), ...call]);
    expect(answer).toMatchObject({ structuredContent: { tenant: 'ada', word: 'hello' } });
  });
});
