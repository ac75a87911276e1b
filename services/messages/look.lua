#!lua flags=no-writes
-- One message: as it was written, what was done to it since, and some of its edits.
--
-- KEYS  1 log  2 overlay  3 meta  4 members (only looked at when ARGV 1 is set)
-- ARGV  1 reader who must be a member, or '' for the lobby  2 sequence of the message  3 its id
--       4 versions wanted, the newest of them; the message as it was written is the first version
--       5 sequence that they come before; 0: any
-- reply { 'ok', overlay or '', more (0|1), record, … }, versions newest first; or
-- { 'missing' } no such room; { 'denied' } not a member; { 'elsewhere' } that message is not at that place;
-- { 'deleted' } it is deleted, and nothing of it is told
-- Reads only: safe to run as often as one likes.

if ARGV[1] ~= '' and not redis.call('ZSCORE', KEYS[4], ARGV[1]) then
  return { redis.call('EXISTS', KEYS[3]) == 1 and 'denied' or 'missing' }
end

local function record_at(place)
  local found = redis.call('XRANGE', KEYS[1], place .. '-0', place .. '-0')[1]
  return found and found[2][2]
end

local seq, id = ARGV[2], ARGV[3]
local record = record_at(seq) or redis.call('HGET', KEYS[2], 'c' .. seq)
if not record then return { 'elsewhere' } end
local message = cjson.decode('{' .. string.match(record, '^%d+ %d+ %d+ %x+ %x+ %S+ (.*)$'))
if message.type ~= 'message' or message.id ~= id then return { 'elsewhere' } end
if message.deleted then return { 'deleted' } end

local overlay = redis.call('HGET', KEYS[2], seq) or ''
local wanted, before = tonumber(ARGV[4]), tonumber(ARGV[5])
local reply = { 'ok', overlay, 0 }
if wanted == 0 then return reply end

local places = { tonumber(seq) }
if overlay ~= '' then
  for _, edit in ipairs(cjson.decode(overlay).edits or {}) do places[#places + 1] = edit end
end
for i = #places, 1, -1 do
  local place = places[i]
  if before == 0 or place < before then
    if wanted == 0 then
      reply[3] = 1
      break
    end
    local version = record_at(string.format('%.0f', place))
    if version then
      reply[#reply + 1] = version
      wanted = wanted - 1
    end
  end
end
return reply
