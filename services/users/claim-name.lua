#!lua
-- Claims names, each for a user, unless somebody else holds it.
--
-- KEYS  names
-- ARGV  for each name: 1 id for a new holder  2 digest of the key that the client made, or ''  3 ms for which it is held
-- reply for each name the id of the holder, which is the earlier one when the key is the same; nothing when somebody else
--       holds it
-- Safe to run twice: with a key the second run finds the same holder. Without one it is refused, and the name falls
-- free by itself after the time that it is held.

local function claim(name, user, key, held_ms)
  local holder = redis.call('HMGET', name, 'user', 'key')
  if holder[1] then
    local same = holder[1] == user or (key ~= '' and holder[2] == key)
    if not same then return false end
    if redis.call('PTTL', name) < tonumber(held_ms) then redis.call('PEXPIRE', name, held_ms) end
    return holder[1]
  end
  redis.call('HSET', name, 'user', user, 'key', key)
  redis.call('PEXPIRE', name, held_ms)
  return user
end

local replies = {}
for i, name in ipairs(KEYS) do replies[i] = claim(name, ARGV[i * 3 - 2], ARGV[i * 3 - 1], ARGV[i * 3]) end
return replies
