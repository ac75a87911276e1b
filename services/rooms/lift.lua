#!lua
-- Ends a mute or a ban before its time.
--
-- KEYS, ARGV  1..10 see act.lua  11 whom  12 'mute' | 'ban'
-- reply { 'ok' | 'duplicate', seq, n, at }; 'duplicate' also when there is nothing to lift; else see act.lua
-- Safe to run twice: it is so already.

--#include "../logs/append.lua"
--#include "act.lua"

local before = written_before()
if before then return before end
local refused = act_refusal('moderator')
if refused then return refused end
local key, field = bans, ARGV[11]
if ARGV[12] == 'mute' then key, field = meta, 'mute:' .. ARGV[11] end
if redis.call('HEXISTS', key, field) == 0 then return unchanged() end
local written = append_act()
if written[1] ~= 'ok' then return written end
redis.call('HDEL', key, field)
if ARGV[12] == 'mute' then renew_guard(written[4]) end
return written
