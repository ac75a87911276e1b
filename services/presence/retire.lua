#!lua flags=allow-oom
-- Ends an incarnation: the presence service removes what is left of it.
--
-- KEYS  all of presence, see state.lua
-- ARGV  1 incarnation
-- reply { 'ok' }
-- Safe to run twice: there is nothing left to remove.

--#include "state.lua"

redis.call('ZREM', leases, ARGV[1])
redis.call('SADD', retired, ARGV[1])
redis.call('SPUBLISH', stirred, 'retired')
return { 'ok' }
