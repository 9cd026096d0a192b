import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url).pathname;
const shell = (line: string) => run('bash', ['-c', line], { cwd: root, env, maxBuffer: 10_000_000 });

let dataDir: string;
let env: NodeJS.ProcessEnv;
let port: number;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

type Started = { readonly gateway: ChildProcess; readonly printed: string };

/** What a new user does: `npm start`, and reads what it prints until the last line to paste is there. */
async function start(): Promise<Started> {
  const gateway = spawn('npm', ['start'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let printed = '';
  let complained = '';
  gateway.stderr.on('data', (chunk) => (complained += String(chunk)));
  for await (const chunk of gateway.stdout) {
    printed += String(chunk);
    if (/curl -sS .*\n/u.test(printed)) return { gateway, printed };
  }
  throw new Error(`The gateway ended early: ${printed}${complained}`);
}

/** Ctrl-C at a terminal reaches the whole group. */
async function interrupt({ gateway }: Started): Promise<number> {
  const from = performance.now();
  if (gateway.pid !== undefined) process.kill(-gateway.pid, 'SIGINT');
  if (gateway.exitCode === null) await once(gateway, 'exit');
  return performance.now() - from;
}

const lineOf = (printed: string, start: string): string =>
  printed
    .split('\n')
    .find((line) => line.trimStart().startsWith(start))
    ?.trim() ?? '';

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gateway-first-'));
  port = await freePort();
  env = { ...process.env, PORT: String(port), DATA_DIR: dataDir };
  for (const name of ['REDIS_URL', 'DATABASE_URL', 'JWT_ISSUER']) delete env[name];
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

describe('the first minutes', () => {
  it('npm start prints lines that work where PORT says (B14), ends on Ctrl-C, and keeps its data', async () => {
    const first = await start();
    expect(first.printed).toContain(`http://127.0.0.1:${port}/mcp`);
    expect(first.printed).toContain('SIMULATED');
    const curl = await shell(lineOf(first.printed, 'curl '));
    expect(curl.stdout).toContain('net-liquidating-value');
    const inspector = await shell(lineOf(first.printed, 'npx @modelcontextprotocol/inspector'));
    expect((JSON.parse(inspector.stdout) as { tools: unknown[] }).tools).toHaveLength(23);
    for (const name of ['{"mcpServers"', '{"servers"']) {
      const config = JSON.parse(lineOf(first.printed, name)) as Record<string, { tastytrade: { url: string } }>;
      expect(Object.values(config)[0]?.tastytrade.url).toBe(`http://127.0.0.1:${port}/mcp`);
    }
    expect(lineOf(first.printed, 'claude mcp add')).toContain('--transport http');

    const second = await run('npm', ['start'], { cwd: root, env: { ...env, DATA_DIR: `${dataDir}/other` } }).catch(
      (error: unknown) => error as { code: number; stderr: string },
    );
    expect(second).toMatchObject({ code: 1 });
    expect(second.stderr).toContain(`${port} is taken`);

    const added = await shell('npm run -s gateway -- tenant add kept --environment paper');
    expect(added.stderr).toBe('');
    const token = (await shell('npm run -s gateway -- token --tenant kept --scope "read trade"')).stdout;
    expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/u);
    expect(await interrupt(first)).toBeLessThan(2000);

    const again = await start();
    const line = lineOf(again.printed, 'curl ').replace(/Bearer [\w.-]+/u, `Bearer ${token.trim()}`);
    expect((await shell(line)).stdout).toContain('net-liquidating-value');
    await interrupt(again);
  });

  it('refuses the development issuer beyond loopback, and says what to do', async () => {
    const refused = await run('npm', ['start'], { cwd: root, env: { ...env, HOST: '0.0.0.0' } }).catch(
      (error: unknown) => error as { code: number; stderr: string },
    );
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain('JWT_ISSUER');
  });
});
