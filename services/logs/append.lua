-- Appends one event to a log. Included by every script that writes to a log, so that whatever else such a script does
-- (check a right, change the members) happens in one atomic step with the event.
--
-- append_event(refusal, more) -> { status, seq, n, at }, from the first keys and arguments of the script:
--   KEYS  1 log  2 head  3 ids (even days)  4 ids (odd days); all in one hash slot
--   ARGV  1 Redis time in ms after which the write must not happen: whoever asked has been told "unavailable", and a
--           command that sat in a queue must not surface later; 0: none
--         2 sharded channel on which the log is followed
--         3 id that names the write; the same id again within a day is answered with the first one's place
--         4 fingerprint of what is written: the same id with another one is a conflict
--         5 type of the event
--         6 1 when the event is a message and takes the next message number, else 0
--         7 the event as JSON without its opening brace and without seq, at and n
-- refusal  nil, or what is asked with the guard of the log and the time before anything is written, where there is a guard:
--          what it returns is answered instead. The guard is one text in the head, so that a log without one pays nothing.
-- more     nil, or further fields of the event as JSON, from its comma on: what only the script knows
-- status: 'ok', 'duplicate', 'conflict' (nothing written), 'late' (nothing written)
--
-- The entry is one text, the same in the stream and on the channel: "n at previous-chain chain type body". So whoever
-- only delivers reads six fields and parses no body. The chain is a digest of everything before: equal places behind
-- different histories have different chains.
-- Safe to run twice: the second run finds the id and answers 'duplicate'.

local day_ms = 86400000

local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- What is answered when the event's effect is there already without an event of its own.
local function unchanged()
  local head = redis.call('HMGET', KEYS[2], 'seq', 'n', 'at')
  return { 'duplicate', tonumber(head[1] or '0'), tonumber(head[2] or '0'), tonumber(head[3] or '0') }
end

-- { 'duplicate', seq, n, at } or { 'conflict' } when the id of the write is known, else nil. A script that checks a right
-- answers a known write first: who lost the right since, and did not hear the answer, must not be told that it was
-- refused while it is there.
local function written_before()
  local id, print = ARGV[3], ARGV[4]
  local known = redis.call('HGET', KEYS[3], id) or redis.call('HGET', KEYS[4], id)
  if not known then return nil end
  local seq, n, at, first_print = string.match(known, '^(%d+) (%d+) (%d+) (.*)$')
  if first_print ~= print then return { 'conflict' } end
  return { 'duplicate', tonumber(seq), tonumber(n), tonumber(at) }
end

local function append_event(refusal, more)
  local now = now_ms()
  local deadline, channel, id, print, type, counts, body = unpack(ARGV, 1, 7)
  if deadline ~= '0' and now > tonumber(deadline) then return { 'late' } end
  local before_now = written_before()
  if before_now then return before_now end

  -- Ids live in two hashes that take turns by the day, each forgotten as a whole before its next turn. So an id is
  -- remembered for one to two days, at no cost for expiring single ones.
  local period = math.floor(now / day_ms)
  local ids = KEYS[3 + period % 2]

  local head = redis.call('HMGET', KEYS[2], 'seq', 'n', 'chain', 'guard')
  local refused = refusal and head[4] and refusal(head[4], now)
  if refused then return refused end
  if more then body = string.sub(body, 1, -2) .. more .. '}' end
  local seq = tonumber(head[1] or '0') + 1
  local n = tonumber(head[2] or '0') + tonumber(counts)
  local before = head[3] or '0'
  local chain = string.sub(redis.sha1hex(before .. ' ' .. seq .. ' ' .. id), 1, 16)
  local at = string.format('%.0f', now)
  local record = n .. ' ' .. at .. ' ' .. before .. ' ' .. chain .. ' ' .. type .. ' ' .. body

  redis.call('XADD', KEYS[1], seq .. '-0', 'e', record)
  redis.call('HSET', KEYS[2], 'seq', seq, 'n', n, 'chain', chain, 'at', at)
  redis.call('HSET', ids, id, seq .. ' ' .. n .. ' ' .. at .. ' ' .. print)
  if redis.call('HLEN', ids) == 1 then
    redis.call('PEXPIREAT', ids, string.format('%.0f', (period + 2) * day_ms))
  end
  redis.call('SPUBLISH', channel, seq .. ' ' .. record)
  return { 'ok', seq, n, now }
end
