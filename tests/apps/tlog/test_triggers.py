"""The triggers are written for both databases and can be taken back."""

from types import SimpleNamespace

import pytest

from entente.apps.tlog import triggers


class Notebook:
    """Writes down what a schema editor would execute."""

    def __init__(self, vendor: str) -> None:
        self.connection = SimpleNamespace(vendor=vendor)
        self.statements: list[str] = []

    def execute(self, statement: str) -> None:
        self.statements.append(statement)


@pytest.mark.parametrize("vendor", ["sqlite", "postgresql"])
def test_each_table_is_guarded_and_the_guard_can_be_removed(vendor: str) -> None:
    editor = Notebook(vendor)
    triggers._install(None, editor)
    triggers._remove(None, editor)
    text = "\n".join(editor.statements)
    for table in ("tlog_leaf", "tlog_leafsalt"):
        assert text.count(f"ON {table}") >= 2 if vendor == "postgresql" else f"ON {table} " in text
        assert "append-only" in text
    created = sum("CREATE" in statement for statement in editor.statements)
    dropped = sum("DROP" in statement for statement in editor.statements)
    assert created == dropped
