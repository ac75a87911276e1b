-- The log of acts that those who moderate a room can read: a stream in the room's slot, of the newest thousand.

local acts_kept = 1000

-- act: JSON without its opening brace
local function note_act(acts, at, act)
  redis.call('XADD', acts, 'MAXLEN', '~', acts_kept, '*', 'a', '{"at":' .. string.format('%.0f', at) .. ',' .. act)
end
