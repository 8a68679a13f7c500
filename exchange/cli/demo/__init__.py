"""`exchange demo`: the whole road on this machine, in front of the reader's eyes."""
