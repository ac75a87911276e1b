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
  local top = tonumber(redis.call('GET', top_number) or '0')
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

local function enter(id, user, name, folded, session, address, status, wanted)
  local until_ms = redis.call('ZSCORE', ended_sessions, session)
  if until_ms and tonumber(until_ms) > now then return 0 end
  local before = connection(id)
  if before then unlink(id, before) end
  link(id, {
    incarnation = incarnation, user = user, session = session, address = address, status = status,
    at = before and before.at or now,
  })
  local u, shown = read_user(user)
  if not u then
    u = { id = user, name = name, folded = folded, number = take_number(user, wanted), status = status, since = now }
    write_user(u, status_of(user), now)
  elseif u.name ~= name then
    if shown then redis.call('ZREM', online, u.folded .. '\0' .. user) end
    u.name, u.folded = name, folded
    write_user(u, status_of(user), now)
  end
  settle(user, now)
  return u.number
end

local reply = { 'ok', 0 }
for i = 2, #ARGV, 8 do
  local id, user, name, folded, session, address, status, wanted = unpack(ARGV, i, i + 7)
  reply[#reply + 1] = enter(id, user, name, folded, session, address, status, tonumber(wanted))
  reply[#reply + 1] = redis.call('HGET', statuses, user) or ''
end
reply[2] = redis.call('ZCARD', online)
return reply
