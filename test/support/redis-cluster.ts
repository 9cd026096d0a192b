import { eventually } from './eventually.ts';
import { type RedisServer, startRedisServer } from './processes/redis-server.ts';

const SLOTS = 16_384;
const NODES = 3;
const JOINED_MS = 20_000;

/** A cluster of three masters on loopback, each with a third of the slots. */
export async function startRedisCluster(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const nodes: RedisServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    for (let n = 0; n < NODES; n += 1) nodes.push(await startRedisServer({ kind: 'cluster' }));
    for (const [n, node] of nodes.entries()) {
      const [from, to] = [n, n + 1].map((part) => Math.floor((part * SLOTS) / NODES));
      await node.ask('CLUSTER', 'ADDSLOTSRANGE', String(from), String((to ?? SLOTS) - 1));
      if (n > 0) await node.ask('CLUSTER', 'MEET', '127.0.0.1', String(nodes[0]?.port));
    }
    for (const node of nodes) await eventually(() => isWhole(node), JOINED_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`, stop };
}

async function isWhole(node: RedisServer): Promise<boolean> {
  const info = String(await node.ask('CLUSTER', 'INFO'));
  return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${NODES}`);
}
