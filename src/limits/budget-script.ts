import { createScript } from '../redis/script.ts';
import {
  AMPLE_UNITS,
  LEASABLE_UNITS,
  LONG_LEASE_MS,
  ROOMY_SHARE,
  ROOMY_UNITS,
  SHORT_LEASE_MS,
  UNLEASED_UNITS,
  URGENT_GRACE_MS,
  WANT_MS,
} from './budget-store.ts';

/** No hold ends later than this, whatever the clock of a former master said. */
const LONGEST_MS = `${LONG_LEASE_MS} + hold`;

/**
 * One hash a budget: `l:holder` is "units until former formerUntil", `s:until` units, `w:holder` and `u:holder` until when somebody is in want, or an
 * order waits. Times are the server's. Only the numbers of the answer leave: {lease, leaseMs, units, waitMs, rivals}.
 */
const OPEN = `
local total, hold, holder = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local latest = now
local mine, mineEnd = 0, 0
local leases, singles, wanting, urgent = {}, 0, {}, 0
local ends = {}

local function put(field, value, untilMs)
  redis.call('HSET', KEYS[1], field, value)
  if untilMs > latest then latest = untilMs end
end
local function holdSingle(units, untilMs)
  if units <= 0 then return end
  local step = math.ceil(untilMs / 5) * 5
  redis.call('HINCRBY', KEYS[1], 's:' .. string.format('%.0f', step), units)
  if step > latest then latest = step end
  singles = singles + units
  ends[#ends + 1] = { step, units }
end
local function close()
  if latest > now then redis.call('PEXPIRE', KEYS[1], latest - now) end
end

local fields = redis.call('HGETALL', KEYS[1])
for at = 1, #fields, 2 do
  local field, value = fields[at], fields[at + 1]
  local kind, name = string.sub(field, 1, 1), string.sub(field, 3)
  local units, untilMs = 0, 0
  if kind == 'l' then
    local leased, leasedUntil, former, formerUntil = string.match(value, '(%d+) (%d+) (%d+) (%d+)')
    if tonumber(leasedUntil) > now then units, untilMs = tonumber(leased), tonumber(leasedUntil) end
    if tonumber(formerUntil) > now then
      units, untilMs = math.max(units, tonumber(former)), math.max(untilMs, tonumber(formerUntil))
    end
  elseif kind == 's' then
    units, untilMs = tonumber(value), tonumber(name)
  else
    untilMs = tonumber(value)
  end
  if untilMs <= now or untilMs > now + ${LONGEST_MS} + 1000 then
    redis.call('HDEL', KEYS[1], field)
  else
    if untilMs > latest then latest = untilMs end
    if kind == 'l' then
      if name == holder then
        mine, mineEnd = units, untilMs
      else
        leases[name] = units
        ends[#ends + 1] = { untilMs, units }
      end
    elseif kind == 's' then
      singles = singles + units
      ends[#ends + 1] = { untilMs, units }
    elseif kind == 'w' then
      if name ~= holder then wanting[#wanting + 1] = name end
    else
      urgent = urgent + 1
    end
  end
end
`;

const ASK = createScript(`${OPEN}
local wish, wanted, isUrgent = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6] == '1'
local former, formerMs = tonumber(ARGV[7]), tonumber(ARGV[8])
local kept = isUrgent and 0 or urgent
local leased, content = 0, 0
for _, units in pairs(leases) do leased = leased + units end
content = leased
for _, name in ipairs(wanting) do content = content - (leases[name] or 0) end

local lease, leaseMs = 0, 0
if wish > 0 and total >= ${LEASABLE_UNITS} then
  local leasable = total - ${UNLEASED_UNITS} - singles
  local free = leasable - leased - kept
  local most
  if #wanting == 0 then
    most = mine > 0 and free or math.ceil(free / 2)
  else
    local part = (leasable - content) / (#wanting + 1)
    most = free
    for _, name in ipairs(wanting) do most = most - math.max(0, math.floor(part) - (leases[name] or 0)) end
    most = math.min(math.ceil(part), most)
  end
  lease = math.max(0, math.min(wish, most))
  leaseMs = ${SHORT_LEASE_MS}
  if #wanting == 0 then
    local roomy = (free - lease) / math.max(${ROOMY_UNITS}, total * ${ROOMY_SHARE})
    leaseMs = math.min(${LONG_LEASE_MS}, math.max(${SHORT_LEASE_MS}, math.floor(${LONG_LEASE_MS} * roomy)))
  end
  holdSingle(mine - math.max(lease, former), math.min(mineEnd, now + hold))
  local leasedUntil, formerUntil = lease > 0 and now + leaseMs + hold or 0, former > 0 and now + formerMs + hold or 0
  mine, mineEnd = math.max(lease, former), math.max(leasedUntil, formerUntil)
  if lease == 0 then leaseMs = 0 end
  if mine > 0 then
    put('l:' .. holder, string.format('%d %.0f %d %.0f', lease, leasedUntil, former, formerUntil), mineEnd)
  else
    redis.call('HDEL', KEYS[1], 'l:' .. holder)
  end
end

local units = 0
if not (wish > 0 and lease >= wish) and lease < ${AMPLE_UNITS} then
  local fair = #wanting == 0 and total or math.ceil(total / (#wanting + 1))
  units = math.max(0, math.min(wanted, fair, total - leased - mine - singles - kept))
  holdSingle(units, now + hold)
end

local waitMs = 0
if lease == 0 and units == 0 and wanted > 0 then
  waitMs = hold
  if mine > 0 then ends[#ends + 1] = { mineEnd, mine } end
  local free = total - kept
  for _, one in ipairs(ends) do free = free - one[2] end
  table.sort(ends, function(a, b) return a[1] < b[1] end)
  for _, one in ipairs(ends) do
    free = free + one[2]
    if free >= 1 then
      waitMs = math.max(1, math.ceil(one[1] - now))
      break
    end
  end
end

local mark = (isUrgent and 'u:' or 'w:') .. holder
if units < wanted and lease < math.max(1, wish) then
  local untilMs = now + (isUrgent and waitMs + ${URGENT_GRACE_MS} or hold + ${WANT_MS})
  put(mark, string.format('%.0f', untilMs), untilMs)
else
  redis.call('HDEL', KEYS[1], mark)
end
close()
return { lease, leaseMs, units, waitMs, #wanting }
`);

const NOTE = createScript(`${OPEN}
holdSingle(tonumber(ARGV[4]), now + hold)
close()
return 1
`);

/** The scripts of the store of budgets. Keys: the budget's. Arguments: units, holdMs, holder, then those of each. */
export const budgetScripts = { ask: ASK, note: NOTE };
