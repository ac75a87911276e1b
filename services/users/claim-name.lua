#!lua
-- Claims a name for a user, unless somebody else holds it.
--
-- KEYS  1 name
-- ARGV  1 id for a new holder  2 digest of the key that the client made, or ''  3 ms for which the name is held
-- reply the id of the holder, which is the earlier one when the key is the same; false when somebody else holds it
-- Safe to run twice: with a key the second run finds the same holder. Without one it is refused, and the name falls
-- free by itself after the short time that an unused claim lasts.

local holder = redis.call('HMGET', KEYS[1], 'user', 'key')
if holder[1] then
  local same = holder[1] == ARGV[1] or (ARGV[2] ~= '' and holder[2] == ARGV[2])
  if not same then return false end
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
  return holder[1]
end
redis.call('HSET', KEYS[1], 'user', ARGV[1], 'key', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return ARGV[1]
