#!lua flags=allow-oom
-- Connections of one node are gone: each leaves after a grace, within which its user may come back unnoticed.
--
-- KEYS  all of presence, see state.lua
-- ARGV  1 incarnation of the node  2 grace in ms  3.. ids of connections
-- reply { 'ok' }; { 'stale' } when the incarnation has no lease (nothing is done)
-- Safe to run twice: what is leaving keeps its deadline. One that a sign-out removed is thereby confirmed.

--#include "state.lua"

local incarnation = ARGV[1]
if not redis.call('ZSCORE', leases, incarnation) then return { 'stale' } end
local now = now_ms()
for i = 3, #ARGV do
  local id = ARGV[i]
  local c = connection(id)
  if not c then
    redis.call('ZREM', ended, incarnation .. '\0' .. id)
  elseif c.status ~= 'leaving' and c.incarnation == incarnation then
    linger(id, c, now + tonumber(ARGV[2]))
    settle(c.user, now)
  end
end
return { 'ok' }
