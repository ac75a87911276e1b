#!lua
-- Keeps names, each for the user who has it, or takes it again when it fell free meanwhile.
--
-- KEYS  names
-- ARGV  for each name: its user, ms for which it is held from now on
-- reply for each name 1, or 0 when somebody else holds it
-- Safe to run as often as one likes.

local replies = {}
for i, name in ipairs(KEYS) do
  local user, held_ms = ARGV[i * 2 - 1], ARGV[i * 2]
  local holder = redis.call('HGET', name, 'user')
  replies[i] = 0
  if not holder or holder == user then
    if not holder then redis.call('HSET', name, 'user', user, 'key', '') end
    redis.call('PEXPIRE', name, held_ms)
    replies[i] = 1
  end
end
return replies
