-- Sends a message to the sender itself. A script that may write, although it does not, so that a replica refuses it: a link to a replica hears what its
-- primary announces, and would pass for good.

return redis.call('SPUBLISH', ARGV[1], ARGV[2])
