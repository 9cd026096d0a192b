import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { vi } from 'vitest';
import { freePort } from './free-port.ts';
import { serverProgram } from './server-program.ts';

const SLOTS = 16_384;
const NODES = 3;
/** A node of a cluster listens for the others this much above its own port. */
const BUS_OFFSET = 10_000;
const MAX_PORT = 65_535 - BUS_OFFSET;

type Node = { readonly port: number; readonly process: ChildProcess; readonly client: Redis };

/** A cluster of three masters on loopback, each with a third of the slots. */
export async function startRedisCluster(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-redis-cluster-'));
  const nodes: Node[] = [];
  for (let n = 0; n < NODES; n += 1) nodes.push(await startNode(folder));
  const [first] = nodes;
  for (const [n, { client }] of nodes.entries()) {
    const [from, to] = [n, n + 1].map((part) => Math.floor((part * SLOTS) / NODES));
    await client.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String((to ?? SLOTS) - 1));
    if (n > 0) await client.call('CLUSTER', 'MEET', '127.0.0.1', String(first?.port));
  }
  for (const { client } of nodes) {
    await vi.waitFor(async () => expectOk(String(await client.call('CLUSTER', 'INFO'))), { timeout: 20_000 });
  }
  return {
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    async stop() {
      for (const { client, process: server } of nodes) {
        client.disconnect();
        server.kill('SIGTERM');
        if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function expectOk(info: string): void {
  if (!info.includes('cluster_state:ok') || !info.includes(`cluster_known_nodes:${NODES}`)) throw new Error(info);
}

async function startNode(folder: string): Promise<Node> {
  const program = serverProgram(['redis-server', 'valkey-server'], 'redis-server');
  let port = await freePort();
  while (port > MAX_PORT) port = await freePort();
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  const cluster = ['--cluster-enabled', 'yes', '--cluster-config-file', `${port}.conf`];
  const server = spawn(program, [...flags, ...cluster], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const chunk of server.stdout) {
    if (String(chunk).includes('eady to accept connections')) break;
  }
  return { port, process: server, client: new Redis(port, '127.0.0.1') };
}
