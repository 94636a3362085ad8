"""Recognising from the command line: `entente hash`, `check`, `scan` and `banks`.

- `targets`: files on their way in; `hashing`: the signals of one; `shown`: names and times as people read them;
- `bank_folders` and `bank_sources`: a bank, from a file or from this instance, as mapped segments in a folder;
- `parts`: what one thread, here or on a cluster, does with some files; `scanning` drives it, `journal` remembers what
  is done, `reports` says what was found;
- `importing` and `exporting`: signals of a bank from a file, and to one.
"""
