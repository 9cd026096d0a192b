import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { serverProgram } from './server-program.ts';

export type TestRedis = { readonly url: string; stop(): Promise<void> };

/** A real Redis: that of REDIS_URL, else one of this test's own, installed when the machine has none. */
export async function startRedis(): Promise<TestRedis> {
  const given = process.env['REDIS_URL'];
  if (given !== undefined && given !== '') return { url: given, stop: async () => {} };
  const program = serverProgram(['redis-server', 'valkey-server'], 'redis-server');
  const folder = await mkdtemp(join(tmpdir(), 'gateway-redis-'));
  const port = await freePort();
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const server = spawn(program, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const chunk of server.stdout) {
    if (String(chunk).includes('eady to accept connections')) break;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      server.kill('SIGTERM');
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
