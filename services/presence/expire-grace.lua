#!lua flags=allow-oom
-- Removes connections whose grace is over; users without another one are offline.
--
-- KEYS  all of presence, see state.lua
-- ARGV  1..3 see leading.lua  4 connections at most  5 ms that a freed number rests
-- reply { 'ok', now, connections removed }, or a refusal
-- Safe to run twice.

--#include "state.lua"
--#include "leading.lua"

local now = now_ms()
local refused = refusal(now)
if refused then return refused end

local due = redis.call('ZRANGE', leaving, '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[4])
for _, id in ipairs(due) do
  local c = connection(id)
  if c then
    remove(id, c)
    settle(c.user, now, tonumber(ARGV[5]))
  else
    redis.call('ZREM', leaving, id)
  end
end
return { 'ok', now, #due }
