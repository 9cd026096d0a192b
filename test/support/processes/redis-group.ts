import { eventually } from '../eventually.ts';
import { type RedisServer, startRedisServer } from './redis-server.ts';

/** What a fleet meets at: one Redis, or two of them watched by three Sentinels. */
export type RedisGroup = {
  /** As the gateway takes it: `redis://…`, or `redis+sentinel://host:port,host:port,host:port/name`. */
  readonly url: string;
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];
  /** The one that takes writes now, by the word of the Sentinels. */
  master(): Promise<RedisServer>;
  /** Everything runs, thaws and knows its place again. */
  heal(): Promise<void>;
  stop(): Promise<void>;
};

const NAME = 'gateway';
const DOWN_AFTER_MS = 1000;
const FAILOVER_TIMEOUT_MS = 4000;
const LINKED = 'master_link_status:up';
const SETTLED_MS = 30_000;

export async function startRedisGroup(kind: 'single' | 'sentinel'): Promise<RedisGroup> {
  const started: RedisServer[] = [];
  const start = async (...args: Parameters<typeof startRedisServer>): Promise<RedisServer> => {
    const server = await startRedisServer(...args);
    started.push(server);
    return server;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(started.splice(0).map((server) => server.stop()));
  };
  try {
    return kind === 'single' ? single(await start(), stop) : await watched(start, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

function single(server: RedisServer, stop: () => Promise<void>): RedisGroup {
  return {
    url: server.url,
    servers: [server],
    sentinels: [],
    master: async () => server,
    async heal() {
      server.thaw();
      await server.start();
    },
    stop,
  };
}

type Start = (...args: Parameters<typeof startRedisServer>) => Promise<RedisServer>;

async function watched(start: Start, stop: () => Promise<void>): Promise<RedisGroup> {
  const first = await start();
  const second = await start({ kind: 'replica', of: first.port });
  // A Sentinel that finds the replica at its first look need not wait ten seconds for its next.
  await eventually(async () => String(await second.ask('INFO', 'replication')).includes(LINKED), SETTLED_MS);
  const lines = [
    `sentinel monitor ${NAME} 127.0.0.1 ${first.port} 2`,
    `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${NAME} ${FAILOVER_TIMEOUT_MS}`,
    `sentinel parallel-syncs ${NAME} 1`,
  ];
  const sentinels: RedisServer[] = [];
  for (let index = 0; index < 3; index += 1) sentinels.push(await start({ kind: 'sentinel', lines }));
  const servers = [first, second];
  const settled = (): Promise<void> => eventually(() => areSettled(servers, sentinels), SETTLED_MS);
  await settled();
  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${NAME}`,
    servers,
    sentinels,
    master: () => masterOf(servers, sentinels),
    async heal() {
      for (const server of [...servers, ...sentinels]) {
        server.thaw();
        await server.start();
      }
      await settled();
    },
    stop,
  };
}

async function masterOf(servers: readonly RedisServer[], sentinels: readonly RedisServer[]): Promise<RedisServer> {
  for (const sentinel of sentinels.filter((each) => each.isRunning())) {
    const [, port] = (await sentinel.ask('SENTINEL', 'get-master-addr-by-name', NAME)) as readonly string[];
    const found = servers.find((server) => server.port === Number(port));
    if (found !== undefined) return found;
  }
  throw new Error('No Sentinel names a master of this group');
}

/** Every Sentinel knows the others and the replica, and the replica follows the master. */
async function areSettled(servers: readonly RedisServer[], sentinels: readonly RedisServer[]): Promise<boolean> {
  const master = await masterOf(servers, sentinels);
  const replica = servers.find((server) => server !== master);
  const told = String(await replica?.ask('INFO', 'replication'));
  if (!told.includes(`master_port:${master.port}`) || !told.includes(LINKED)) return false;
  for (const sentinel of sentinels) {
    const masterFacts = (await sentinel.ask('SENTINEL', 'master', NAME)) as readonly string[];
    const fact = (name: string): string | undefined => masterFacts[masterFacts.indexOf(name) + 1];
    if (fact('flags') !== 'master' || fact('port') !== String(master.port)) return false;
    if (fact('num-slaves') !== '1' || fact('num-other-sentinels') !== String(sentinels.length - 1)) return false;
  }
  return true;
}
