#!lua flags=no-writes
-- A page of who is online, by folded name.
--
-- KEYS  1 online  2 users
-- ARGV  1 what folded names start with, or ''  2 member of the list after which the page starts, or ''  3 limit
-- reply { users online, member to continue after or '', JSON of a user, ... }
-- Reads only.

local prefix, after, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local from = '[' .. prefix
if after ~= '' and string.sub(after, 1, #prefix) == prefix then from = '(' .. after
elseif prefix == '' then from = '-' end
local to = prefix == '' and '+' or '(' .. prefix .. '\255'
local members = redis.call('ZRANGEBYLEX', KEYS[1], from, to, 'LIMIT', 0, limit + 1)
local reply = { redis.call('ZCARD', KEYS[1]), #members > limit and members[limit] or '' }
for i = 1, math.min(#members, limit) do
  local record = redis.call('HGET', KEYS[2], string.sub(members[i], string.find(members[i], '\0', 1, true) + 1))
  if record then reply[#reply + 1] = record end
end
return reply
