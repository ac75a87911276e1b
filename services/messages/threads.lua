-- Threads: a message and what answers it. Included by scripts that store replies.
--
-- The thread of a reply is that of the message which it answers, or, where that has none, that message itself: its root.
-- replies: sorted set, all scores 0, of 'root reply', each a sequence of sixteen digits, so that the replies of a thread
-- are a range. The overlay of the root counts them: { count, last, atMs }.

local function thread_member(root, reply)
  return string.format('%016.0f %016.0f', root, reply)
end

-- The event at that place, or nil when it is not kept any more.
local function message_at(log, overlay, seq)
  local found = redis.call('XRANGE', log, seq .. '-0', seq .. '-0')[1]
  local record = found and found[2][2] or redis.call('HGET', overlay, 'c' .. seq)
  return record and cjson.decode('{' .. string.match(record, '^%d+ %d+ %d+ %x+ %x+ %S+ (.*)$')) or nil
end

-- The root of a reply to that message: { seq, id, by }; nil when it is not kept any more; 'elsewhere' when it is not there.
local function thread_root(log, head, overlay, seq, id)
  if tonumber(seq) > tonumber(redis.call('HGET', head, 'seq') or '0') then return 'elsewhere' end
  local message = message_at(log, overlay, seq)
  if not message then return nil end
  if message.type ~= 'message' or message.id ~= id then return 'elsewhere' end
  if message.thread then return { seq = message.thread.seq, id = message.thread.id } end
  return { seq = tonumber(seq), id = id, by = message.by.id }
end

-- Takes a reply down, forgets the threads whose roots are not kept any more, and answers how many replies there are.
local function note_reply(head, overlay, replies, root, seq, at)
  local trimmed = tonumber(redis.call('HGET', head, 'trimmed') or '0')
  redis.call('ZREMRANGEBYLEX', replies, '-', '(' .. string.format('%016.0f', trimmed + 1))
  if root.seq <= trimmed then return 0 end
  redis.call('ZADD', replies, 0, thread_member(root.seq, seq))
  local place = string.format('%.0f', root.seq)
  local laid = cjson.decode(redis.call('HGET', overlay, place) or '{}')
  local count = (laid.replies and laid.replies.count or 0) + 1
  laid.replies = { count = count, last = seq, atMs = at }
  redis.call('HSET', overlay, place, cjson.encode(laid))
  return count
end
