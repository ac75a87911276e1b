#!lua flags=allow-oom
-- A presence service says that it is there, and leads if nobody else does.
--
-- KEYS  all of presence, see state.lua
-- ARGV  1 id of the service  2 its process id  3 ms that leadership lasts
-- reply { now, token }: the token fences all that the leader writes; '' when another leads
-- Safe to run twice: the leader goes on leading, with the same token.

--#include "state.lua"

local now = now_ms()
local id, until_ms = ARGV[1], now + tonumber(ARGV[3])
redis.call('ZADD', services, until_ms, id)
redis.call('ZREMRANGEBYSCORE', services, '-inf', '(' .. now)
local current = redis.call('HMGET', leader, 'id', 'token', 'until')
if current[1] == id then
  redis.call('HSET', leader, 'until', until_ms)
  return { now, current[2] }
end
if current[1] and tonumber(current[3]) >= now then return { now, '' } end
local token = string.format('%.0f-%s', now, id)
redis.call('HSET', leader, 'id', id, 'pid', ARGV[2], 'token', token, 'since', now, 'until', until_ms)
return { now, token }
