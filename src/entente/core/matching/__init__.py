"""Matching: which of millions of known signals does this one meet, and at what distance.

Exact for every radius it accepts. Pure: arrays and paths in, values out; usable without Django.

- `hamming`, `exact`, `texts`: mapped, immutable indexes of hashes of one width (`mapped` says what they have in common);
- `segmented`: one of them that follows the change sequence of a database, together with `urls` and `videos`, whose
  signals are several hashes, or are asked for under several; `compared` for types that have no index;
- `indexes.index_for`: the right one for a signal type.
"""
