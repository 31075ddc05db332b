-- Takes everybody off a roster whose lease has run out. Any number of nodes may do it at once: the first one finds them.

sweep()
tell()
keep_roster()
return 'swept'
