import { createScript } from '../redis/script.ts';
import { VERSION_LENGTH } from './packed.ts';

/**
 * Keys: the value, and the state of its loads (`run flight`, `failed flight why`, `dropped`). The first arguments of all that has
 * them: the flight, how long its turn lasts, the version that it knows.
 */
const SEEN = `
local version = redis.call('GETRANGE', KEYS[1], 0, ${VERSION_LENGTH - 1})
local state, id, rest = string.match(redis.call('GET', KEYS[2]) or '', '^(%a+) ?(%S*) ?(.*)$')
`;

/** A turn that ran out, and that nobody else has taken, is still its holder's: the holder was only slow. */
const HOLDS = `
local isHeld = (version == '' or version == ARGV[3]) and (state == nil or (state == 'run' and id == ARGV[1]))
`;

export const BEGIN = createScript(`${SEEN}
if version ~= '' and version ~= ARGV[3] then return 'stored' end
local isOther = state == 'run' and id ~= ARGV[1]
local isPause = state == 'failed' and ARGV[3] ~= ''
if state == 'failed' and id == ARGV[4] then return 'failed ' .. rest end
if isOther or isPause then return 'busy ' .. id .. ' ' .. redis.call('PTTL', KEYS[2]) end
redis.call('SET', KEYS[2], 'run ' .. ARGV[1], 'PX', ARGV[2])
return 'load'
`);

export const RENEW = createScript(`${SEEN}${HOLDS}
if version == ARGV[1] then return 1 end
if not isHeld then return 0 end
redis.call('SET', KEYS[2], 'run ' .. ARGV[1], 'PX', ARGV[2])
return 1
`);

/** Further arguments: the packed value, and how long it lives. */
export const STORE = createScript(`${SEEN}${HOLDS}
if version == ARGV[1] then return 1 end
if not isHeld then return 0 end
redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5])
redis.call('DEL', KEYS[2])
return 1
`);

/** A key that is not there is written and removed, since only a change is told. */
const TELL = `
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('SET', KEYS[1], '')
  redis.call('DEL', KEYS[1])
end
`;

/** Further arguments: why, and for how long that is told; with no reason the turn is free. */
export const FAIL = createScript(`${SEEN}${HOLDS}
if not isHeld then return 0 end
if ARGV[4] == '' then
  redis.call('DEL', KEYS[2])
else
  redis.call('SET', KEYS[2], 'failed ' .. ARGV[1] .. ' ' .. ARGV[4], 'PX', ARGV[5])
end
${TELL}
return 1
`);

/** The only argument: for how long loads under way find that it was dropped. */
export const DROP = createScript(`${TELL}
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], 'dropped', 'PX', ARGV[1])
return 1
`);
