#!lua
-- Takes somebody out of a room, and with a ban keeps them out until it ends.
--
-- KEYS, ARGV  1..10 see act.lua  11 whom  12 'remove' | 'ban'  13 seconds, or '' for ever  14 the ban as moderators read it
--             15 bans that a room may have
-- reply { 'ok' | 'duplicate', seq, n, at }; 'duplicate' also for the removal of somebody who is no member; { 'above' } one
-- of the same role or a higher one; { 'full' } too many are banned; { 'fixed' } also for the lobby; else see act.lua
-- Safe to run twice with the same id; a ban with another id counts from when it runs.

--#include "../logs/append.lua"
--#include "act.lua"

-- Whether that made room.
local function forget_ended_bans()
  local forgotten, now = 0, now_ms()
  local all = redis.call('HGETALL', bans)
  for i = 1, #all, 2 do
    local till = tonumber(string.match(all[i + 1], '^%d+'))
    if till ~= 0 and till <= now then forgotten = forgotten + redis.call('HDEL', bans, all[i]) end
  end
  return forgotten > 0
end

local before = written_before()
if before then return before end
local refused = in_lobby and { 'fixed' } or act_refusal('moderator')
if refused then return refused end
local target, banned = ARGV[11], ARGV[12] == 'ban'
if not is_above(target) then return { 'above' } end
if not banned and not redis.call('ZSCORE', members, target) then return unchanged() end
if banned and redis.call('HEXISTS', bans, target) == 0 and redis.call('HLEN', bans) >= tonumber(ARGV[15]) then
  if not forget_ended_bans() then return { 'full' } end
end
-- Only an administrator can remove the last owner.
local heir = role_of(meta, target) == 'owner' and successor(meta, members, target)
local written = append_act(heir and ',"owner":"' .. heir .. '"')
if written[1] ~= 'ok' then return written end
redis.call('ZREM', members, target)
redis.call('HDEL', meta, 'role:' .. target)
if heir then give_role(meta, heir, 'owner', written[4]) end
if banned then redis.call('HSET', bans, target, ends_at(written[4], ARGV[13]) .. ' ' .. ARGV[14]) end
return written
