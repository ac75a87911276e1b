#!lua flags=allow-oom
-- Lets a name go, if this user holds it.
--
-- KEYS  1 name
-- ARGV  1 user
-- reply how many names were let go
-- Safe to run twice.

if redis.call('HGET', KEYS[1], 'user') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
