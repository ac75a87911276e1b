#!lua
-- Appends messages to rooms' logs, each if its author may write there.
--
-- KEYS  for each message: 1..4 the log, see logs/append.lua  5 meta  6 members  7 time of the author's last message
-- ARGV  1 a text that no other call has, for the chain; then for each message: 1..7 the event, see logs/append.lua  8 author
--       9 the same when they must be a member, or '' for the lobby
-- reply for each message { 'ok' | 'duplicate', seq, n, at }, the latter also for an author who has left since;
-- { 'missing' } no such room; { 'denied' } not a member; { 'archived' }; { 'muted', until }; { 'slow', ms that are left }:
-- see rooms/may-write.lua; { 'failed', why } nothing was written, which is no reason for the others not to be
-- Safe to run twice: see logs/append.lua.

--#include "../logs/append.lua"
--#include "../rooms/may-write.lua"

local salt = ARGV[1] .. ' ' .. now_text

-- Of the message that is sent just now: made once, and not a function for each message.
local room, writer, last_spoke, pace
local function refusal(guard, now)
  pace = { key = last_spoke }
  return guard_refusal(guard, now, room, writer, pace)
end

local function send(key, arg)
  local log, head, ids_even, ids_odd, meta, members, spoke = unpack(KEYS, key, key + 6)
  local deadline, channel, id, print, type, counts, body, author, member = unpack(ARGV, arg, arg + 8)
  if member ~= '' and not call('ZSCORE', members, member) then
    local before = known_write(ids_even, ids_odd, id, print)
    if before and before[1] == 'duplicate' then return before end
    return { call('EXISTS', meta) == 1 and 'denied' or 'missing' }
  end
  room, writer, last_spoke, pace = meta, author, spoke, nil
  local written = append(
    refusal, nil, log, head, ids_even, ids_odd, salt, deadline, channel, id, print, type, counts, body)
  if pace and pace.slow_ms and written[1] == 'ok' then call('SET', spoke, now_text, 'PX', pace.slow_ms) end
  return written
end

local replies = {}
for i = 1, #KEYS / 7 do
  local done, reply = pcall(send, i * 7 - 6, i * 9 - 7)
  replies[i] = done and reply or { 'failed', type(reply) == 'table' and reply.err or tostring(reply) }
end
return replies
