#!lua flags=allow-oom
-- Removes the connections of a node whose lease has run out or was given back; they leave after a short grace.
--
-- KEYS  all of presence, see state.lua
-- ARGV  1..3 see leading.lua  4 connections at most  5 grace in ms  6 1 to believe that a lease ran out, 0 for
--       returned leases only: nodes may have been unable to refresh
-- reply { 'ok', now, connections removed, 1 if there is more to do, incarnation or '' }, or a refusal
-- Safe to run twice: the lease goes first, so that the node is refused from then on, and what is left of it stays in
-- `retired` until nothing is, whoever leads by then.

--#include "state.lua"
--#include "leading.lua"

local now = now_ms()
local refused = refusal(now)
if refused then return refused end

local limit = tonumber(ARGV[4])
local incarnation = redis.call('SRANDMEMBER', retired)
if not incarnation and ARGV[6] == '1' then
  incarnation = redis.call('ZRANGE', leases, '-inf', '(' .. now, 'BYSCORE', 'LIMIT', 0, 1)[1]
  if incarnation then
    redis.call('ZREM', leases, incarnation)
    redis.call('SADD', retired, incarnation)
  end
end
if not incarnation then return { 'ok', now, 0, 0, '' } end

local start = incarnation .. '\0'
local members = starting_with(by_node, start, limit)
for _, member in ipairs(members) do
  local id = string.sub(member, #start + 1)
  local c = connection(id)
  if c and c.incarnation == incarnation and c.status ~= 'leaving' then
    linger(id, c, now + tonumber(ARGV[5]))
    settle(c.user, now)
  else
    redis.call('ZREM', by_node, member)
  end
end
if #members < limit then
  redis.call('SREM', retired, incarnation)
  redis.call('HDEL', nodes, incarnation)
  redis.call('HDEL', vitals, incarnation)
  redis.call('HDEL', digests, incarnation)
  redis.call('ZREMRANGEBYLEX', ended, '[' .. start, '(' .. start .. '\255')
end
return { 'ok', now, #members, 1, incarnation }
