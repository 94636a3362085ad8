"""A nursery and workers that load no decoder and do what a file tells them to: what a taken-over worker could do."""

from pathlib import Path

import pytest

from entente.apps.content.hashing import nursery

_PROGRAM = """
import os, resource, signal, sys, time, types

sys.path.append({root!r})
from entente.apps.content.decoding import confinement
from entente.apps.content.hashing import frames
from entente.apps.content.hashing.frames import Answer, Stage
from entente.apps.content.hashing.results import Hashed

served = {{}}


def make(source, asked, begun, shares):
    known = Hashed("ok", {{"sha256": source.digests()["sha256"]}})
    if source.content().startswith(b"#!"):
        exec(source.content()[2:], {{**globals(), **served, "begun": begun, "known": known}})
    return known


making = types.ModuleType("entente.apps.content.hashing.confined.making")
warming = types.ModuleType("entente.apps.content.hashing.confined.warming")
making.make = make
making.Shares = lambda *_shares: None
warming.warm_up = lambda: exec({warming!r})
sys.modules[making.__name__] = making
sys.modules[warming.__name__] = warming

from entente.apps.content.hashing.confined import nursery, serving

hashed = serving._hashed


def remembered(socket, content, request, shares):
    served.update(socket=socket, request=request, number=request.number)
    return hashed(socket, content, request, shares)


serving._hashed = remembered
if not {confines!r}:
    serving.confine = lambda _settings, parent: confinement.drop_privileges()
sys.exit(nursery.main(sys.argv[1:]))
"""


def stand_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, warming: str = "pass", confines: bool = False
) -> None:
    """Let pools start this nursery; `warming` is what it does instead of loading everything."""
    package = folder / "stand_in"
    package.mkdir(exist_ok=True)
    program = _PROGRAM.format(root=str(nursery._SOURCE_ROOT), warming=warming, confines=confines)
    (package / "stand_in_nursery.py").write_text(program)
    monkeypatch.setattr(nursery, "_SOURCE_ROOT", package)
    monkeypatch.setattr(nursery, "_PROGRAM", "stand_in_nursery")
