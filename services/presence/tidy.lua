#!lua flags=allow-oom
-- Makes numbers that have rested ready, and forgets after their time: ended sessions, what people said of themselves
-- until some time, and those who were not here for long.
--
-- KEYS  all of presence, see state.lua
-- ARGV  1..3 see leading.lua  4 how many of each at most  5 ms for which it is known when somebody was seen last, and
--       what they have set  6 ms that a freed number rests
-- reply { 'ok', now, numbers made ready }, or a refusal
-- Safe to run twice.

--#include "state.lua"
--#include "leading.lua"

local now = now_ms()
local refused = refusal(now)
if refused then return refused end

local rested = redis.call('ZRANGE', resting, '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[4])
for _, number in ipairs(rested) do
  local user = redis.call('HGET', numbers, number)
  redis.call('ZREM', resting, number)
  redis.call('HDEL', numbers, number)
  if user and redis.call('HGET', number_of, user) == number then redis.call('HDEL', number_of, user) end
  redis.call('ZADD', ready, number, number)
end
local old = redis.call('ZRANGE', ended_sessions, '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[4])
for _, session in ipairs(old) do redis.call('ZREM', ended_sessions, session) end
for _, id in ipairs(redis.call('ZRANGE', clearing, '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[4])) do
  write_status(id, { private = status_of(id).private })
  settle(id, now, tonumber(ARGV[6]))
end
for _, id in ipairs(redis.call('ZRANGE', seen, '-inf', now - tonumber(ARGV[5]), 'BYSCORE', 'LIMIT', 0, ARGV[4])) do
  redis.call('ZREM', seen, id)
  if not read_user(id) then write_status(id, {}) end
end
return { 'ok', now, #rested }
