#!lua flags=allow-oom
-- Makes numbers that have rested ready, and forgets ended sessions after their time.
--
-- KEYS  all of presence, see state.lua
-- ARGV  1..3 see leading.lua  4 how many of each at most
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
return { 'ok', now, #rested }
