#!lua
-- Takes down what somebody says of themselves; it replaces what they said before, and ends by itself when told so.
--
-- KEYS  all of presence, see state.lua
-- ARGV  1 user  2 mode: 'away', 'dnd', 'invisible', or '' to follow the connections  3 text, or ''  4 emoji, or ''
--       5 ms after which mode, text and emoji end, or 0  6 1 when others may not know when the user was seen last
--       7 ms that a freed number rests
-- reply ms in Redis time at which it ends, or 0
-- Safe to run twice; with a time to end, that counts from the last run.

--#include "state.lua"

local now = now_ms()
local user, for_ms = ARGV[1], tonumber(ARGV[5])
local function set(value) return value ~= '' and value or nil end
local s = {
  mode = set(ARGV[2]),
  text = set(ARGV[3]),
  emoji = set(ARGV[4]),
  till = for_ms > 0 and now + for_ms or nil,
  private = ARGV[6] == '1' or nil,
}
write_status(user, s)
settle(user, now, tonumber(ARGV[7]))
return s.till or 0
