#!lua
-- Makes somebody an owner, a moderator, or a member like the others.
--
-- KEYS, ARGV  1..10 see act.lua  11 whom  12 'owner' | 'moderator' | 'member'  13 roles that a room may have given
-- reply { 'ok' | 'duplicate', seq, n, at }; 'duplicate' also when it is so already; { 'absent' } not a member;
-- { 'last' } nobody would be owner; { 'full' } too many have a role; else see act.lua
-- Safe to run twice: it is so already.

--#include "../logs/append.lua"
--#include "act.lua"

local before = written_before()
if before then return before end
local refused = act_refusal('owner')
if refused then return refused end
local target, role = ARGV[11], ARGV[12]
if not in_lobby and not redis.call('ZSCORE', members, target) then return { 'absent' } end
local held = role_of(meta, target)
if held == role then return unchanged() end
local holders = role_holders(meta)
if held == 'owner' and not in_lobby then
  local owners = 0
  for _, holder in ipairs(holders) do if holder.role == 'owner' then owners = owners + 1 end end
  if owners == 1 then return { 'last' } end
end
if held == 'member' and #holders >= tonumber(ARGV[13]) then return { 'full' } end
local written = append_act()
if written[1] ~= 'ok' then return written end
if role == 'member' then
  redis.call('HDEL', meta, 'role:' .. target)
else
  give_role(meta, target, role, written[4])
end
return written
