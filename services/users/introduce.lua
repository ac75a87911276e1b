#!lua
-- Notes what users are called.
--
-- KEYS  profiles
-- ARGV  for each profile: 1 name  2 ms for which it is kept from now on; 0: for ever
-- reply nothing for each
-- Safe to run as often as one likes.

local replies = {}
for i, profile in ipairs(KEYS) do
  redis.call('HSET', profile, 'name', ARGV[i * 2 - 1])
  if ARGV[i * 2] ~= '0' then redis.call('PEXPIRE', profile, ARGV[i * 2]) end
  replies[i] = false
end
return replies
