#!lua
-- Changes a message: notes the change in the log and lays it over the message, in one step.
--
-- KEYS  1..4 the log, see logs/append.lua  5 overlay  6 meta  7 members  8 acts  9 pins
-- ARGV  1..7 the event, see logs/append.lua  8 who changes  9 the same when they must be a member, or '' for the lobby
--       10 sequence of the message  11 its id  12 'edit' | 'delete' | 'react'
--       edit:  13 text  14 mentions as a JSON array, or ''  15 edits that a message may have
--       react: 13 emoji  14 '1' to add, '0' to take back  15 kinds of reactions that a message may have
-- reply { 'ok' | 'duplicate', seq, n, at }; 'duplicate' also when it is so already; nothing is written with
-- { 'missing' } no such room; { 'denied' } not a member; { 'elsewhere' } that message is not at that place;
-- { 'foreign' } somebody else's message, which only those who moderate may delete; { 'deleted' } it is deleted;
-- { 'full' } too many kinds of reactions; { 'settled' } too many edits; { 'archived' }, { 'muted', until }: see rooms/may-write.lua; deleting is always allowed
-- Safe to run twice: a known id changes nothing, whatever has become of the message since, and neither does what is so
-- already.
--
-- Deleting erases: the entry leaves the stream, and so do its edits; a stand-in without text takes each one's place in the
-- overlay, so that sequence and chain stay whole and the text is handed out to nobody again.

--#include "../logs/append.lua"
--#include "../rooms/may-write.lua"
--#include "../rooms/roles.lua"
--#include "../rooms/note-act.lua"

local overlay, actor, change = KEYS[5], ARGV[8], ARGV[12]
local seq, id = ARGV[10], ARGV[11]

local before = written_before()
if before and before[1] == 'duplicate' then return before end

if ARGV[9] ~= '' and not redis.call('ZSCORE', KEYS[7], ARGV[9]) then
  return { redis.call('EXISTS', KEYS[6]) == 1 and 'denied' or 'missing' }
end

local function record_at(place)
  local found = redis.call('XRANGE', KEYS[1], place .. '-0', place .. '-0')[1]
  if found then return found[2][2] end
  return redis.call('HGET', overlay, 'c' .. place) or nil
end

-- { header "seq n at before chain type ", event }
local function parse(record)
  local header, body = string.match(record, '^(%d+ %d+ %d+ %x+ %x+ %S+ )(.*)$')
  return header, cjson.decode('{' .. body)
end

local record = record_at(seq)
if not record then return { 'elsewhere' } end
local header, message = parse(record)
if message.type ~= 'message' or message.id ~= id then return { 'elsewhere' } end
local foreign = message.by.id ~= actor
if change == 'edit' and foreign then return { 'foreign' } end
if change == 'delete' and foreign and role_of(KEYS[6], actor) == 'member' then return { 'foreign' } end
if message.deleted then
  if change == 'delete' then return unchanged() end
  return { 'deleted' }
end

local laid = cjson.decode(redis.call('HGET', overlay, seq) or '{}')
local reactions = laid.reactions or {}
-- Their emoji in the order in which they came, which a table does not keep.
local kinds = laid.kinds
if not kinds then
  kinds = {}
  for emoji in pairs(reactions) do kinds[#kinds + 1] = emoji end
end

local function index_of(list, value)
  for i, item in ipairs(list) do if item == value then return i end end
end

-- All are kept until the message is deleted: what left the list could not be erased with it.
if change == 'edit' and #(laid.edits or {}) >= tonumber(ARGV[15]) then return { 'settled' } end

if change == 'react' then
  local by = reactions[ARGV[13]] or {}
  local at = index_of(by, actor)
  if (at ~= nil) == (ARGV[14] == '1') then return unchanged() end
  if at then
    table.remove(by, at)
    if #by == 0 then table.remove(kinds, index_of(kinds, ARGV[13])) end
  else
    if #by == 0 then
      if #kinds >= tonumber(ARGV[15]) then return { 'full' } end
      kinds[#kinds + 1] = ARGV[13]
    end
    by[#by + 1] = actor
  end
  reactions[ARGV[13]] = #by > 0 and by or nil
end

local written = append_event(change ~= 'delete' and writing_refusal(KEYS[6], actor) or nil)
if written[1] ~= 'ok' then return written end

-- Puts what is left of an entry in its place: who, when, what kind, but nothing that was said.
local function erase(place, left, moderator)
  local head, event = parse(record_at(place))
  local body = cjson.encode({
    id = event.id, type = event.type, by = event.by, of = event.of, replyTo = event.replyTo, thread = event.thread,
    deleted = left, deletedBy = moderator,
  })
  redis.call('HSET', overlay, 'c' .. place, head .. string.sub(body, 2))
  redis.call('XDEL', KEYS[1], place .. '-0')
end

laid.rev = written[2]
if change == 'edit' then
  laid.text = ARGV[13]
  laid.mentions = ARGV[14] ~= '' and cjson.decode(ARGV[14]) or nil
  laid.editedAtMs = written[4]
  laid.edits = laid.edits or {}
  table.insert(laid.edits, written[2])
elseif change == 'delete' then
  local moderator = foreign and cjson.decode('{' .. ARGV[7]).by or nil
  erase(seq, true, moderator)
  for _, edit in ipairs(laid.edits or {}) do
    if record_at(edit) then erase(edit, nil) end
  end
  laid = { rev = written[2], replies = laid.replies }
  redis.call('ZREM', KEYS[9], seq)
  if moderator then
    local act = { type = 'delete', by = moderator, user = message.by, of = { seq = tonumber(seq), id = id } }
    note_act(KEYS[8], written[4], string.sub(cjson.encode(act), 2))
  end
else
  laid.reactions = next(reactions) and reactions or nil
  laid.kinds = #kinds > 0 and kinds or nil
end
redis.call('HSET', overlay, seq, cjson.encode(laid))
return written
