#!lua flags=no-writes
-- A page of what those who moderate may read: the acts, newest first, or who is banned.
--
-- KEYS  1 meta  2 acts  3 bans
-- ARGV  1 who reads  2 'acts' | 'bans'  3 where the page ended before, or ''  4 acts a page
-- reply { 'ok', id, act, id, act, … } or { 'ok', user, ban, user, ban, … }; { 'powerless' } no role in the room
-- Reads only: safe to run as often as one likes.

--#include "roles.lua"

if role_of(KEYS[1], ARGV[1]) == 'member' then return { 'powerless' } end
local reply = { 'ok' }
if ARGV[2] == 'bans' then
  for _, part in ipairs(redis.call('HGETALL', KEYS[3])) do reply[#reply + 1] = part end
  return reply
end
local from = ARGV[3] == '' and '+' or '(' .. ARGV[3]
for _, found in ipairs(redis.call('XREVRANGE', KEYS[2], from, '-', 'COUNT', ARGV[4])) do
  reply[#reply + 1] = found[1]
  reply[#reply + 1] = found[2][2]
end
return reply
