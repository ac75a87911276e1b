-- Reading the entries of a log together with what was done to them since.
--
-- The overlay is a hash: field <seq> holds what changed about the event (JSON), field c<seq> the record that stands in
-- for an entry whose content was erased from the stream. So an erased entry is a tombstone and not a hole.

local function read_head(key)
  local head = redis.call('HMGET', key, 'seq', 'n', 'chain', 'at')
  return {
    seq = tonumber(head[1] or '0'),
    n = tonumber(head[2] or '0'),
    chain = head[3] or '0',
    at = tonumber(head[4] or '0'),
  }
end

local function chain_before(record)
  return (string.match(record, '^%d+ %d+ %d+ (%x+) '))
end

local function entry_seq(entry)
  return tonumber(string.match(entry[1], '^%d+'))
end

-- Adds the overlay of each entry, in one read.
local function add_overlays(overlay, entries)
  local fields = {}
  for i, entry in ipairs(entries) do fields[i] = entry.seq end
  if #fields == 0 then return entries end
  local found = redis.call('HMGET', overlay, unpack(fields))
  for i, entry in ipairs(entries) do entry.overlay = found[i] or '' end
  return entries
end

-- The entries first..last without a gap, or nil when one is missing (cut off by the history limit, or rewound).
local function read_dense(log, overlay, first, last)
  local entries = {}
  local expected = first
  local function fill(upto)
    while expected < upto do
      local stand_in = redis.call('HGET', overlay, 'c' .. expected)
      if not stand_in then return false end
      entries[#entries + 1] = { seq = expected, record = stand_in }
      expected = expected + 1
    end
    return true
  end
  for _, found in ipairs(redis.call('XRANGE', log, first .. '-0', last .. '-0')) do
    local seq = entry_seq(found)
    if not fill(seq) then return nil end
    entries[#entries + 1] = { seq = seq, record = found[2][2] }
    expected = seq + 1
  end
  if not fill(last + 1) then return nil end
  return add_overlays(overlay, entries)
end
