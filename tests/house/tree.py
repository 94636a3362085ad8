"""What the house tests walk over: our own Python files, parsed once."""

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "entente"
CODE = ("src", "tests", "scripts", "bench", "examples")


@dataclass(frozen=True)
class Module:
    """One Python file of ours."""

    path: Path
    text: str
    syntax: ast.Module

    @property
    def name(self) -> str:
        """Return its path from the top of the repository."""
        return str(self.path.relative_to(ROOT))

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Yield every function and method in it."""
        for node in ast.walk(self.syntax):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


@functools.cache
def modules(*, migrations: bool = False) -> tuple[Module, ...]:
    """Return our Python files; generated migrations only when asked for."""
    found = []
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" in path.parts and not migrations:
                continue
            text = path.read_text(encoding="utf-8")
            found.append(Module(path, text, ast.parse(text)))
    return tuple(found)
