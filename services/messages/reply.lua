#!lua
-- Appends a message that answers another one, as send.lua does, and notes it in the thread of that.
--
-- KEYS  1..4 the log, see logs/append.lua  5 meta  6 members  7 time of the author's last message  8 overlay  9 replies
-- ARGV  1..7 the event, see logs/append.lua; the script adds `thread` to it  8 author  9 the same when they must be a
--       member, or '' for the lobby  10 sequence of the message that is answered  11 its id
-- reply { 'ok', seq, n, at, replies in the thread, seq and id of its root, author of the root or '' when they are not known },
-- without those of a thread when the message that is answered is not kept any more; { 'elsewhere' } it is not at that
-- place; else as send.lua
-- Safe to run twice: see logs/append.lua.

--#include "../logs/append.lua"
--#include "../rooms/may-write.lua"
--#include "threads.lua"

if ARGV[9] ~= '' and not redis.call('ZSCORE', KEYS[6], ARGV[9]) then
  local before = written_before()
  if before and before[1] == 'duplicate' then return before end
  return { redis.call('EXISTS', KEYS[5]) == 1 and 'denied' or 'missing' }
end
local root = thread_root(KEYS[1], KEYS[2], KEYS[8], ARGV[10], ARGV[11])
if root == 'elsewhere' then return { root } end
local more = root and string.format(',"thread":{"seq":%.0f,"id":%s}', root.seq, cjson.encode(root.id)) or nil
local pace = { key = KEYS[7] }
local written = append_event(writing_refusal(KEYS[5], ARGV[8], pace), more)
if written[1] ~= 'ok' then return written end
if pace.slow_ms then redis.call('SET', pace.key, now_text, 'PX', pace.slow_ms) end
if root then
  local count = note_reply(KEYS[2], KEYS[8], KEYS[9], root, written[2], written[4])
  for _, told in ipairs({ count, root.seq, root.id, root.by or '' }) do written[#written + 1] = told end
end
return written
