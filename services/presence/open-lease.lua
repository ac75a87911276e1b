#!lua flags=allow-oom
-- Begins the lease of a new incarnation of a node.
--
-- KEYS  all of presence, see state.lua
-- ARGV  1 incarnation, never used before  2 JSON of what the node says of itself  3 ms that the lease lasts
-- reply { 'ok' }
-- Safe to run twice: it prolongs. Run late, for a node that has given up on it, the lease runs out by itself.

--#include "state.lua"

redis.call('ZADD', leases, now_ms() + tonumber(ARGV[3]), ARGV[1])
redis.call('HSET', nodes, ARGV[1], ARGV[2])
return { 'ok' }
