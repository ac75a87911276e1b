#!lua
-- Notes with somebody who was in a room that they were taken out of it.
--
-- KEYS  1 rooms of the user  2 where it is noted
-- ARGV  1 what is noted  2 time in ms  3 how many are kept, the newest
-- reply nothing
-- Safe to run twice. Lives as long as what else is kept with the user, who need not be here.

redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - tonumber(ARGV[3]))
local left = redis.call('PTTL', KEYS[1])
if left > 0 then redis.call('PEXPIRE', KEYS[2], left) end
