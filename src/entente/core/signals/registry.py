"""Which signal types there are: ours, and those that installed packages add.

A package adds a type with an entry point of the group `entente.signal_types`, named like the type:

    [project.entry-points."entente.signal_types"]
    example_hash = "example_package.hashes:ExampleHash"

What is broken there is reported and left out; it never takes the others with it. Ours are imported when they are
asked for, so that a process which compares SHA-256 loads no video decoder. A third party's module is imported by
`signal_types()` itself, which is the only way to know that it works: it should import its slow libraries where it
uses them.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from typing_extensions import override

from entente.core.signals.signal_type import SignalType

ENTRY_POINT_GROUP = "entente.signal_types"

BUILT_IN: Mapping[str, tuple[str, str]] = {
    "sha256": ("entente.core.signals.files", "Sha256"),
    "md5": ("entente.core.signals.files", "Md5"),
    "pdq": ("entente.core.signals.pdq.signal", "Pdq"),
    "vpdq": ("entente.core.signals.vpdq.signal", "VpdqSignal"),
    "url": ("entente.core.signals.urls.signal_types", "Url"),
    "url_md5": ("entente.core.signals.urls.signal_types", "UrlMd5"),
    "text_exact": ("entente.core.signals.texts.signal_types", "TextExact"),
    "text_minhash": ("entente.core.signals.texts.signal_types", "TextMinhash"),
    "keyword": ("entente.core.signals.keywords", "Keyword"),
}
"""Name -> module and class of our own types."""

_STATED = ("title", "media", "distance_unit", "default_radius", "widest_radius", "examples")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the entry point of a third party is not used."""

    entry_point: str
    """As the package declares it: name = module:attribute."""

    reason: str


class SignalTypes(Mapping[str, SignalType]):
    """All usable signal types by name; a name that is not there raises KeyError as in every mapping."""

    def __init__(self, found: Iterable[EntryPoint] = ()) -> None:
        self._loaded: dict[str, SignalType] = {}
        problems: list[Problem] = []
        by_name: dict[str, list[EntryPoint]] = {}
        for point in found:
            by_name.setdefault(point.name, []).append(point)
        for name, points in sorted(by_name.items()):
            reason = _clash(name, len(points)) or self._add(points[0])
            if reason:
                problems += [Problem(f"{point.name} = {point.value}", reason) for point in points]
        self.problems: tuple[Problem, ...] = tuple(problems)
        """The entry points that are not used, and why."""

    def _add(self, point: EntryPoint) -> str:
        """Load one third party's type; return what is wrong with it, or nothing."""
        try:
            loaded = point.load()
            reason = _unusable(point.name, loaded)
            if not reason:
                self._loaded[point.name] = loaded()
        except Exception as error:  # noqa: BLE001 - foreign code may fail in any way; the others must go on
            return f"{type(error).__name__}: {error}"[:500]
        return reason

    @override
    def __getitem__(self, name: str) -> SignalType:
        if name not in self._loaded:
            module, attribute = BUILT_IN[name]
            self._loaded[name] = getattr(import_module(module), attribute)()
        return self._loaded[name]

    @override
    def __iter__(self) -> Iterator[str]:
        yield from BUILT_IN
        yield from sorted(self._loaded.keys() - BUILT_IN.keys())

    @override
    def __len__(self) -> int:
        return len(self._loaded.keys() | BUILT_IN.keys())

    @override
    def __contains__(self, name: object) -> bool:
        return name in BUILT_IN or name in self._loaded


@functools.cache
def signal_types() -> SignalTypes:
    """Return the signal types of this installation; entry points are read once per process."""
    return SignalTypes(entry_points(group=ENTRY_POINT_GROUP))


def _clash(name: str, count: int) -> str:
    """Return why a name cannot be taken, or nothing."""
    if name in BUILT_IN:
        return "this name belongs to a built-in type"
    if count > 1:
        # Which of them came first depends on the order of installation: none of them is used.
        return f"{count} packages add a type of this name"
    return ""


def _unusable(name: str, loaded: object) -> str:
    """Return why a loaded object is no signal type of that name, or nothing."""
    if not (inspect.isclass(loaded) and issubclass(loaded, SignalType)):
        return "not a class that inherits SignalType"
    if inspect.isabstract(loaded):
        return f"does not define {', '.join(sorted(loaded.__abstractmethods__))}"
    missing = [attribute for attribute in ("name", *_STATED) if not hasattr(loaded, attribute)]
    if missing:
        return f"does not state {', '.join(missing)}"
    if loaded.name != name:
        return f"its type is named {loaded.name!r}: the entry point must have the same name"
    return ""
