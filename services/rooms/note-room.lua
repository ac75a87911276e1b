#!lua
-- Notes a room in a user's index, unless they are in as many as they may be in.
--
-- KEYS  1 rooms of the user
-- ARGV  1 room  2 time in ms  3 rooms that they may be in; 0: any number
-- reply 1; 0 when there is no room for it
-- Safe to run twice: a room that is noted already only gets the later time.

local most = tonumber(ARGV[3])
local noted = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not noted and most > 0 and redis.call('ZCARD', KEYS[1]) >= most then return 0 end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
return 1
