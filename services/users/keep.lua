#!lua
-- Keeps what belongs to a user for some time from now on; what is not there is left so.
--
-- KEYS  1 profile  2.. what else is kept with the user, in the same slot
-- ARGV  1 name, for a profile that is not there any more  2 ms; 0: for ever
-- reply nothing
-- Safe to run as often as one likes.

redis.call('HSETNX', KEYS[1], 'name', ARGV[1])
for _, key in ipairs(KEYS) do
  if ARGV[2] == '0' then redis.call('PERSIST', key) else redis.call('PEXPIRE', key, ARGV[2]) end
end
