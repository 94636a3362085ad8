"""/hma/{h,m,c}: what is known here, answered in the shapes of Hasher-Matcher-Actioner, for programs that speak to one.

`gate` lets in, refuses and words errors; `names` translates names; `files` takes in what is to be hashed. Behind it one
module per group of addresses: `hashing`, `matching`, `banks`, `contents`, `exchanges`, `status`. Where our rules forbid
what the peer does is written in docs/decisions (answers like the peer) and docs/guides/hma-clients.md.
"""
