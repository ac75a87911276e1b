#!lua
-- Changes what a room is called and about, its slow mode, or whether it is archived.
--
-- KEYS, ARGV  1..10 see act.lua  11 least role  12.. field of the meta hash and its new value, in turns
-- reply { 'ok' | 'duplicate', seq, n, at }; 'duplicate' also when it is so already; else see act.lua
-- Safe to run twice: it is so already.

--#include "../logs/append.lua"
--#include "act.lua"

local before = written_before()
if before then return before end
local refused = act_refusal(ARGV[11])
if refused then return refused end
local differs = false
for i = 12, #ARGV, 2 do
  local now = redis.call('HGET', meta, ARGV[i])
  local empty = ARGV[i + 1] == '' or ARGV[i + 1] == '0'
  if (now or '') ~= ARGV[i + 1] and not (not now and empty) then differs = true end
end
if not differs then return unchanged() end
local written = append_act()
if written[1] ~= 'ok' then return written end
redis.call('HSET', meta, unpack(ARGV, 12))
renew_guard(written[4])
return written
