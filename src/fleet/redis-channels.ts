import type { RedisConnection } from '../redis/connect.ts';
import { redisKey } from '../redis/keys.ts';
import type { ChannelName, Channels } from './channels.ts';

/** Through Redis, between all replicas. */
export function createRedisChannels({ pubSub }: Pick<RedisConnection, 'pubSub'>): Channels {
  const channelOf = ({ kind, owner }: ChannelName): string => redisKey('channel', owner, kind);
  return {
    publish: (name, text) => pubSub.publish(channelOf(name), text),
    subscribe: (name, listener) => pubSub.subscribe(channelOf(name), listener),
  };
}
