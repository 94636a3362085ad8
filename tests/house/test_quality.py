"""Size, words and docstrings of every file of ours."""

import ast
import re

from tests.house.tree import modules

FILE_LINES, FUNCTION_LINES = 500, 60
SAMPLE_DATA = {"tests/web/design/samples.py"}
"""One literal per function: the sample pages of the gallery. There is no logic in them to get lost in."""
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
"""Names that say nothing about what is inside."""

FORBIDDEN_WORDS = re.compile(r"\b(verdict|blacklist|ticket|takedown)\w*", re.IGNORECASE)
"""Words that mean something else in this field: docs/glossary.md."""

UNDONE = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")


def test_every_module_says_what_it_owns() -> None:
    assert [module.name for module in modules() if not ast.get_docstring(module.syntax)] == []


def test_no_file_is_longer_than_a_person_can_hold() -> None:
    long = {module.name: n for module in modules() if (n := len(module.text.splitlines())) > FILE_LINES}
    assert long == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{module.name}:{function.lineno} {function.name}"
        for module in modules()
        if module.name not in SAMPLE_DATA
        for function in module.functions()
        if (function.end_lineno or 0) - function.lineno + 1 > FUNCTION_LINES
    ]
    assert long == []


def test_nothing_is_left_undone_in_the_code() -> None:
    assert [module.name for module in modules() if UNDONE.search(module.text)] == []


def test_names_say_what_is_inside() -> None:
    wrong = [
        module.name
        for module in modules()
        if FORBIDDEN_NAMES & set(module.name.removesuffix(".py").replace("_", "/").split("/"))
    ]
    assert wrong == []


def test_functions_and_classes_use_the_words_of_the_field() -> None:
    wrong = [
        f"{module.name}:{node.lineno} {node.name}"
        for module in modules()
        if module.name.startswith("src/")
        for node in ast.walk(module.syntax)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and FORBIDDEN_WORDS.search(node.name)
    ]
    assert wrong == []
