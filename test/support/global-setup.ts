import type { TestProject } from 'vitest/node';
import { startRedisServer } from './processes/redis-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A real Redis that the whole run shares: use keys of your own. */
    redisUrl: string;
  }
}

/** Brings up, once for a run, the servers that tests share: that of REDIS_URL, else a Redis of the run's own. */
export default async function setUp(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['REDIS_URL'];
  if (given !== undefined && given !== '') {
    project.provide('redisUrl', given);
    return undefined;
  }
  const redis = await startRedisServer();
  project.provide('redisUrl', redis.url);
  return () => redis.stop();
}
