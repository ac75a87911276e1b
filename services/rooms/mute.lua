#!lua
-- Takes somebody's word, for a time or for ever.
--
-- KEYS, ARGV  1..10 see act.lua  11 whom  12 seconds, or '' for ever  13 the mute as moderators read it
--             14 mutes that a room may have
-- reply { 'ok' | 'duplicate', seq, n, at }; { 'absent' } not a member; { 'above' } one of the same role or a higher one;
-- { 'full' } too many are muted; else see act.lua
-- Safe to run twice with the same id; with another one it counts from when it runs.

--#include "../logs/append.lua"
--#include "act.lua"

local before = written_before()
if before then return before end
local refused = act_refusal('moderator')
if refused then return refused end
local target = ARGV[11]
if not in_lobby and not redis.call('ZSCORE', members, target) then return { 'absent' } end
if not is_above(target) then return { 'above' } end
local mutes = 0
for _, field in ipairs(redis.call('HKEYS', meta)) do
  if string.sub(field, 1, 5) == 'mute:' and field ~= 'mute:' .. target then mutes = mutes + 1 end
end
if mutes >= tonumber(ARGV[14]) then return { 'full' } end
local written = append_act()
if written[1] ~= 'ok' then return written end
redis.call('HSET', meta, 'mute:' .. target, ends_at(written[4], ARGV[12]) .. ' ' .. ARGV[13])
renew_guard(written[4])
return written
