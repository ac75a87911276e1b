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
-- append(...) is the same for a script that appends to several logs: it passes all of these, and
-- salt     what tells this writing from every other, for the chain; with what is in the chain before it, SHA-1 takes 55
--          bytes in one step
-- status: 'ok', 'duplicate', 'conflict' (nothing written), 'late' (nothing written)
--
-- The entry is one text, the very same in the stream and on the channel: "seq n at previous-chain chain type body". So
-- whoever only delivers reads six fields and parses no body, and the text, which may be long, is put together once.
-- The chain is a digest of everything before: equal places behind different histories have different chains. So has an
-- event that was lost and appended once more to the same history: it has another time.
-- Safe to run twice: the second run finds the id and answers 'duplicate'.

local day_ms = 86400000
-- Looked up once and not for each command of each message, which is 3 % of a send.
local call = redis.call
-- The same for all that a script does.
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local now_text = string.format('%.0f', now)

local function now_ms() return now end

-- What is answered when the event's effect is there already without an event of its own.
local function unchanged()
  local head = call('HMGET', KEYS[2], 'seq', 'n', 'at')
  return { 'duplicate', tonumber(head[1] or '0'), tonumber(head[2] or '0'), tonumber(head[3] or '0') }
end

local function known_as(known, print)
  local seq, n, at, first_print = string.match(known, '^(%d+) (%d+) (%d+) (.*)$')
  if first_print ~= print then return { 'conflict' } end
  return { 'duplicate', tonumber(seq), tonumber(n), tonumber(at) }
end

local function known_write(ids_even, ids_odd, id, print)
  local known = call('HGET', ids_even, id) or call('HGET', ids_odd, id)
  return known and known_as(known, print) or nil
end

-- { 'duplicate', seq, n, at } or { 'conflict' } when the id of the write is known, else nil. A script that checks a right
-- answers a known write first: who lost the right since, and did not hear the answer, must not be told that it was
-- refused while it is there.
local function written_before()
  return known_write(KEYS[3], KEYS[4], ARGV[3], ARGV[4])
end

-- Ids live in two hashes that take turns by the day, each forgotten as a whole before its next turn. So an id is
-- remembered for one to two days, at no cost for expiring single ones. The head knows the day of the one that was written
-- to last, `period`, and that of the other one, `other`, so that it is not looked into when it can hold nothing.
local period = math.floor(now / day_ms)

local function append(
  refusal, more, log, head_key, ids_even, ids_odd, salt, deadline, channel, id, print, type, counts, body)
  if deadline ~= '0' and now > tonumber(deadline) then return { 'late' } end
  local head = call('HMGET', head_key, 'seq', 'n', 'chain', 'period', 'other', 'guard')
  local refused = refusal and head[6] and refusal(head[6], now)
  if refused then return known_write(ids_even, ids_odd, id, print) or refused end

  local ids, others = ids_even, ids_odd
  if period % 2 == 1 then ids, others = ids_odd, ids_even end
  local last, other = tonumber(head[4]), tonumber(head[5])
  local turned = last ~= period
  -- After a failover the time may be that of the day before. So the day of the last write may lie two back, in the hash
  -- of today: what the other hash holds is then what it held before.
  if turned and last and (last - period) % 2 ~= 0 then other = last end
  if other and other >= period - 1 then
    local known = call('HGET', others, id)
    if known then return known_as(known, print) end
  end

  if more then body = string.sub(body, 1, -2) .. more .. '}' end
  -- Made text once: Redis writes out a number that is an argument with all the digits of a fraction each time.
  local seq, n = string.format('%d', (head[1] or 0) + 1), string.format('%d', (head[2] or 0) + counts)
  local place = seq .. ' ' .. n .. ' ' .. now_text .. ' '
  -- Looks for the id and notes it in one.
  if call('HSETNX', ids, id, place .. print) == 0 then
    return known_as(call('HGET', ids, id), print)
  end
  local before = head[3] or '0'
  local chain = string.sub(redis.sha1hex(before .. ' ' .. salt), 1, 16)
  local record = place .. before .. ' ' .. chain .. ' ' .. type .. ' ' .. body

  local added = redis.pcall('XADD', log, seq .. '-0', 'e', record)
  if added.err then
    call('HDEL', ids, id)
    error(added)
  end
  call('HSET', head_key, 'seq', seq, 'n', n, 'chain', chain, 'at', now_text)
  if turned then
    call('PEXPIREAT', ids, string.format('%.0f', (period + 2) * day_ms))
    call('HSET', head_key, 'period', period, 'other', other or -1)
  end
  call('SPUBLISH', channel, record)
  return { 'ok', tonumber(seq), tonumber(n), now }
end

local function append_event(refusal, more)
  local log, head, ids_even, ids_odd = unpack(KEYS, 1, 4)
  local salt = ARGV[3] .. ' ' .. now_text
  return append(refusal, more, log, head, ids_even, ids_odd, salt, unpack(ARGV, 1, 7))
end
