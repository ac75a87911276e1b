#!lua flags=allow-oom
-- A presence service goes away, and gives leadership back if it leads: another one takes it at once.
--
-- KEYS  all of presence, see state.lua
-- ARGV  1 id of the service
-- reply 1 if it led, else 0
-- Safe to run twice.

--#include "state.lua"

redis.call('ZREM', services, ARGV[1])
if redis.call('HGET', leader, 'id') ~= ARGV[1] then return 0 end
redis.call('SPUBLISH', stirred, 'free')
return redis.call('DEL', leader)
