import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as ClientV2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url).pathname;
const who = { name: 'test', version: '1' };

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gateway-stdio-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

/** As a desktop client starts it: in this folder, with nothing set. */
const program = () => ({
  command: 'npm',
  args: ['run', '-s', 'gateway', '--', 'stdio'],
  cwd: root,
  env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', DATA_DIR: dataDir },
  stderr: 'pipe' as const,
});

describe('the gateway over stdio, on paper', () => {
  it('serves the v1 SDK', async () => {
    const client = new ClientV1(who);
    await client.connect(new StdioV1(program()));
    expect((await client.listTools()).tools).toHaveLength(23);
    const reply = await client.callTool({ name: 'get_balances', arguments: {} });
    expect(reply.structuredContent).toMatchObject({ environment: 'paper' });
    await client.close();
  });

  it('serves the v2 SDK', async () => {
    const client = new ClientV2(who, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new StdioV2(program()));
    const reply = await client.callTool({ name: 'get_current_time_nyc', arguments: {} });
    expect(reply.isError ?? false).toBe(false);
    expect((await client.listPrompts()).prompts.map((prompt) => prompt.name)).toEqual(['analyze_iv_opportunities']);
    await client.close();
  });
});
