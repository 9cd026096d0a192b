import type { Clock } from '../core/clock.ts';
import type { RedisConnection } from '../redis/connect.ts';
import { redisKey } from '../redis/keys.ts';
import { createScript } from '../redis/script.ts';
import { JournalFollower } from './follow-journal.ts';
import {
  type Appended,
  JOURNAL_KEPT_MS,
  JOURNAL_KEYS,
  JOURNAL_KEYS_KEPT_MS,
  JOURNAL_LENGTH,
  JOURNAL_START,
  type Journal,
  type JournalEntry,
  type JournalName,
  type JournalPage,
  type NewEntry,
} from './journal.ts';

/**
 * KEYS: entries, newest epoch, keys seen, channel that wakes followers. ARGV: epoch, four bounds, then for each entry its key,
 * whether it is told, and its text. It answers how many were told and how many known, or the newest epoch where that is another.
 */
const APPEND = createScript(`
local newest = redis.call('GET', KEYS[2])
if newest and tonumber(newest) > tonumber(ARGV[1]) then return newest end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[5])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - tonumber(ARGV[4]))
local told = 0
local known = 0
for at = 6, #ARGV, 3 do
  if redis.call('ZADD', KEYS[3], 'NX', now, ARGV[at]) == 0 then
    known = known + 1
  elseif ARGV[at + 1] == '1' then
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'key', ARGV[at], 'text', ARGV[at + 2])
    told = told + 1
  end
end
redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - tonumber(ARGV[3]))
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('PEXPIRE', KEYS[3], ARGV[5])
if told > 0 then redis.call('SPUBLISH', KEYS[4], told) end
return {told, known}
`);

const BOUNDS = [JOURNAL_LENGTH, JOURNAL_KEYS, JOURNAL_KEYS_KEPT_MS, JOURNAL_KEPT_MS];

/** In Redis, for all replicas: one script for an append, one read for a replica that follows. */
export function createRedisJournal(redis: RedisConnection, clock: Clock): Journal {
  const entriesKey = ({ kind, owner }: JournalName): string => redisKey('journal', owner, kind);
  const channel = ({ kind, owner }: JournalName): string => redisKey('channel', owner, kind, 'journal');
  const keysOf = (name: JournalName): string[] => [
    entriesKey(name),
    redisKey('journal', name.owner, name.kind, 'epoch'),
    redisKey('journal', name.owner, name.kind, 'keys'),
    channel(name),
  ];

  async function append(name: JournalName, epoch: number, entries: readonly NewEntry[]): Promise<Appended> {
    const args = entries.flatMap(({ key, text }) => [key, text === undefined ? 0 : 1, text ?? '']);
    const counts = await redis.ask((client) => APPEND(client, keysOf(name), [epoch, ...BOUNDS, ...args]));
    if (!Array.isArray(counts)) return { kind: 'refused', newest: Number(counts) };
    return { kind: 'appended', told: Number(counts[0]), known: Number(counts[1]) };
  }

  async function tail(name: JournalName, limit: number): Promise<readonly JournalEntry[]> {
    const rows = await redis.ask((client) => client.xrevrange(entriesKey(name), '+', '-', 'COUNT', limit));
    return rows.map(readRow).toReversed();
  }

  const last = async (name: JournalName): Promise<string> => (await tail(name, 1))[0]?.id ?? JOURNAL_START;

  /**
   * The entry asked from is read along: as long as it is there, nothing after it has gone. Of a journal that was forgotten all
   * that has come since is new: it is read from its start.
   */
  async function after(name: JournalName, id: string, limit: number): Promise<JournalPage> {
    const rows = await redis.ask((client) => client.xrange(entriesKey(name), id, '+', 'COUNT', limit + 1));
    const found = rows.map(readRow);
    const isCut = id !== JOURNAL_START && found[0]?.id !== id;
    const entries = found.filter((entry) => entry.id !== id).slice(0, limit);
    return { entries, isCut, last: entries.at(-1)?.id ?? (isCut ? JOURNAL_START : id) };
  }

  return {
    append,
    tail,
    after,
    follow: (name, afterId, listener) =>
      new JournalFollower(
        {
          last: () => last(name),
          after: (id, limit) => after(name, id, limit),
          subscribe: (nudge) => redis.pubSub.subscribe(channel(name), { message: nudge, gap: nudge }),
        },
        { afterId, listener, clock },
      ),
  };
}

function readRow([id, fields]: readonly [string, readonly string[]]): JournalEntry {
  const [, key = '', , text = ''] = fields;
  return { id, key, text };
}
