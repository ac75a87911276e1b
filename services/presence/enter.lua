#!lua
-- Registers connections of one node; their users are online from now on, each with a number.
--
-- KEYS  all of presence, see state.lua
-- ARGV  1 incarnation of the node
--       2.. for each connection eight: id, user, name, folded name, session, address, status ('online' or 'away'),
--           number that the user had before, or 0
-- reply { 'ok', users online, number of the first one's user, what that user has set as JSON or '', ... }, with 0 for a
--       connection whose session has ended: it is not registered; { 'stale' } when the incarnation has no lease (nothing is done)
-- Safe to run twice: a connection that is there is replaced by itself, and a user who is online keeps the number. One
-- that is there under another incarnation moves.

--#include "state.lua"

local incarnation = ARGV[1]
if not redis.call('ZSCORE', leases, incarnation) then return { 'stale' } end
local now = now_ms()

local function is_free(number)
  return redis.call('HEXISTS', numbers, number) == 0
end

-- The user's own number while it rests, else the wanted one if it is free, else the smallest that is ready.
local function take_number(user, wanted)
  local own = redis.call('HGET', number_of, user)
  if own then
    redis.call('ZREM', resting, own)
    return tonumber(own)
  end
  local number
  local top = wanted > 0 and tonumber(redis.call('GET', top_number) or '0')
  -- Only after Redis has lost data is a wanted number above the top; the bound keeps the loop below from blocking.
  if wanted > 0 and wanted <= top + 20000 and is_free(wanted) then
    number = wanted
    redis.call('ZREM', ready, number)
    for between = top + 1, wanted - 1 do redis.call('ZADD', ready, between, between) end
    if wanted > top then redis.call('SET', top_number, wanted) end
  end
  while not number do
    local smallest = redis.call('ZPOPMIN', ready)[1] or redis.call('INCR', top_number)
    if is_free(smallest) then number = tonumber(smallest) end
  end
  redis.call('HSET', numbers, number, user)
  redis.call('HSET', number_of, user, number)
  return number
end

-- What the registrations of one call need to know is asked for in one go.
local ids, user_ids, sessions = {}, {}, {}
for i = 2, #ARGV, 8 do
  ids[#ids + 1], user_ids[#user_ids + 1], sessions[#sessions + 1] = ARGV[i], ARGV[i + 1], ARGV[i + 4]
end
local records = redis.call('HMGET', connections, unpack(ids))
local said = redis.call('HMGET', statuses, unpack(user_ids))
local ends = redis.call('ZMSCORE', ended_sessions, unpack(sessions))

local function enter(i, id, user, name, folded, session, address, status, wanted)
  if ends[i] and tonumber(ends[i]) > now then return 0 end
  local before = records[i] and cjson.decode(records[i])
  if before then unlink(id, before) end
  link(id, {
    incarnation = incarnation, user = user, session = session, address = address, status = status,
    at = before and before.at or now,
  })
  local s = said[i] and cjson.decode(said[i]) or {}
  local u, shown = read_user(user)
  if not u then
    -- Nobody is here without a record, so this connection is the only one, and settle() would find what is written now.
    if s.mode == 'away' then status = 'away' end
    u = { id = user, name = name, folded = folded, number = take_number(user, tonumber(wanted)), status = status, since = now }
    write_user(u, s, now)
    return u.number
  end
  if u.name ~= name then
    if shown then redis.call('ZREM', online, u.folded .. '\0' .. user) end
    u.name, u.folded = name, folded
    write_user(u, s, now)
  end
  -- One more device of somebody who is shown as online changes nothing about them.
  if not (shown and u.status == 'online' and status == 'online') then settle(user, now) end
  return u.number
end

local reply = { 'ok', 0 }
for i = 1, #ids do
  reply[#reply + 1] = enter(i, unpack(ARGV, i * 8 - 6, i * 8 + 1))
  reply[#reply + 1] = said[i] or ''
end
reply[2] = redis.call('ZCARD', online)
return reply
