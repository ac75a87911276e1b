#!lua
-- Keeps a name for the user who has it, or takes it again when it fell free meanwhile.
--
-- KEYS  1 name
-- ARGV  1 user  2 ms for which the name is held from now on
-- reply 1, or 0 when somebody else holds the name
-- Safe to run as often as one likes.

local holder = redis.call('HGET', KEYS[1], 'user')
if holder and holder ~= ARGV[1] then return 0 end
if not holder then redis.call('HSET', KEYS[1], 'user', ARGV[1], 'key', '') end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
