"""Tlog: the instance's own pages of the public log. Leaves wait here, with the salts that link them to what they say."""
