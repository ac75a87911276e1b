#!lua flags=allow-oom
-- A session has ended: its connections are gone at once, on whatever node, those in their grace included.
--
-- KEYS  all of presence, see state.lua
-- ARGV  1 user  2 session  3 ms for which connections of the session are refused  4 ms that a freed number rests
-- reply 1 when the user is not online any more, 0 when another session keeps them online
-- Safe to run twice. Nodes learn of removed connections with their next refresh.

--#include "state.lua"

local user, session = ARGV[1], ARGV[2]
local now = now_ms()
redis.call('ZADD', ended_sessions, now + tonumber(ARGV[3]), session)
for _, member in ipairs(starting_with(by_user, user .. '\0', -1)) do
  local id = string.sub(member, #user + 3)
  local c = connection(id)
  if c and c.session == session then
    remove(id, c)
    if c.status ~= 'leaving' then redis.call('ZADD', ended, 0, c.incarnation .. '\0' .. id) end
  end
end
return settle(user, now, tonumber(ARGV[4])) and 0 or 1
