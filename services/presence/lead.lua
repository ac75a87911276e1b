#!lua flags=allow-oom
-- A presence service says that it is there, and leads if nobody else does. Is told when to look again.
--
-- KEYS  all of presence, see state.lua
-- ARGV  1 id of the service  2 its process id  3 ms that leadership lasts
-- reply { now, token, ms }: the token fences all that the leader writes; '' when another leads. In so many ms there is
--       something to do: of the leader's work, or to take over if the other is not heard of again
-- Safe to run twice: the leader goes on leading, with the same token.

--#include "state.lua"
--#include "due.lua"

local now = now_ms()
local id, until_ms = ARGV[1], now + tonumber(ARGV[3])
redis.call('ZADD', services, until_ms, id)
redis.call('ZREMRANGEBYSCORE', services, '-inf', '(' .. now)
local current = redis.call('HMGET', leader, 'id', 'token', 'until')
if current[1] == id then
  redis.call('HSET', leader, 'until', until_ms)
  return { now, current[2], due_in(now) }
end
-- Nobody leads for longer than that from now on: who seems to said so by the clock of a Redis before a failover, and says
-- so again if it lives.
local left = current[1] and tonumber(current[3]) - now
if left and left >= 0 and left <= tonumber(ARGV[3]) then return { now, '', left + 1 } end
local token = string.format('%.0f-%s', now, id)
redis.call('HSET', leader, 'id', id, 'pid', ARGV[2], 'token', token, 'since', now, 'until', until_ms)
return { now, token, due_in(now) }
