#!lua flags=allow-oom
-- Prolongs a node's lease and tells the node what is registered for it. Allowed when Redis is full: otherwise a full
-- Redis would lose every user.
--
-- KEYS  all of presence, see state.lua
-- ARGV  1 incarnation  2 JSON of the node's vitals  3 ms that the lease lasts
-- reply { 'ok', connections registered, their digest, id of a connection that a sign-out removed, ... (at most 500) };
--       { 'stale' } when there is no lease: it ran out and the connections were removed, or Redis lost it
-- Safe to run as often as one likes. A lease that ran out and was not reaped yet goes on.

--#include "state.lua"

local incarnation = ARGV[1]
if not redis.call('ZSCORE', leases, incarnation) then return { 'stale' } end
redis.call('ZADD', leases, now_ms() + tonumber(ARGV[3]), incarnation)
redis.call('HSET', vitals, incarnation, ARGV[2])
local start = incarnation .. '\0'
local reply = {
  'ok',
  redis.call('ZLEXCOUNT', by_node, '[' .. start, '(' .. start .. '\255'),
  redis.call('HGET', digests, incarnation) or '0000000000000000',
}
for _, member in ipairs(starting_with(ended, start, 500)) do
  reply[#reply + 1] = string.sub(member, #start + 1)
end
return reply
