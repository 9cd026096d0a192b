import type { Clock } from '../core/clock.ts';
import type { RedisConnection } from '../redis/connect.ts';
import { redisKey } from '../redis/keys.ts';
import { createScript } from '../redis/script.ts';
import { LEASE_MARGIN_MS, LEASE_TTL_MS, type LeaseGrant, type LeaseName, type Leases } from './leases.ts';

/** The store's time is in the epoch: after a failover that lost the last one, the next is higher all the same. */
const ACQUIRE = createScript(`
local mine = ARGV[1] .. ' '
local held = redis.call('GET', KEYS[1])
if held then
  if string.sub(held, 1, #mine) ~= mine then return false end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return string.sub(held, #mine + 1)
end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
local epoch = string.format('%.0f', math.max(last + 1, now))
redis.call('SET', KEYS[2], epoch, 'PX', ARGV[3])
redis.call('SET', KEYS[1], mine .. epoch, 'PX', ARGV[2])
return epoch
`);
const RENEW = createScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`);
const RELEASE = createScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`);
const EPOCH_KEPT_MS = 30 * 86_400_000;

/** In Redis, for all replicas. */
export function createRedisLeases(redis: RedisConnection, clock: Clock): Leases {
  const leaseKey = ({ kind, owner }: LeaseName): string => redisKey('lease', owner, kind);
  const epochKey = ({ kind, owner }: LeaseName): string => redisKey('lease', owner, kind, 'epoch');
  // Counted from before the question left: the store cannot have begun to count earlier.
  const grantFrom = (askedAtMs: number, epoch: number): LeaseGrant => ({
    epoch,
    heldUntilMs: askedAtMs + LEASE_TTL_MS - LEASE_MARGIN_MS,
  });
  return {
    async acquire(name, holder) {
      const askedAtMs = clock.monotonicMs();
      const keys = [leaseKey(name), epochKey(name)];
      const epoch = await redis.ask((client) => ACQUIRE(client, keys, [holder, LEASE_TTL_MS, EPOCH_KEPT_MS]));
      return typeof epoch === 'string' ? grantFrom(askedAtMs, Number(epoch)) : undefined;
    },
    async renew(name, holder, epoch) {
      const askedAtMs = clock.monotonicMs();
      const held = await redis.ask((client) => RENEW(client, [leaseKey(name)], [`${holder} ${epoch}`, LEASE_TTL_MS]));
      return held === 1 ? grantFrom(askedAtMs, epoch) : undefined;
    },
    async release(name, holder, epoch) {
      await redis.ask((client) => RELEASE(client, [leaseKey(name)], [`${holder} ${epoch}`]));
    },
    async epoch(name) {
      return Number((await redis.ask((client) => client.get(epochKey(name)))) ?? 0);
    },
  };
}
