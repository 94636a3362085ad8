"""What import contracts cannot see: doors never query, rooms are registered, models say what they hold."""

import ast
import re

import pytest
from django.apps import apps
from django.db import models

from tests.house.tree import ROOT, SOURCE, modules

DOORS = ("src/entente/web/", "src/entente/api/", "src/entente/cli/")
PRIVACY = ROOT / "docs" / "privacy.md"


def own_models() -> list[type[models.Model]]:
    return [
        model
        for config in apps.get_app_configs()
        if config.name.startswith("entente.")
        for model in config.get_models()
    ]


def rooms() -> list[str]:
    return sorted(path.parent.name for path in (SOURCE / "apps").glob("*/__init__.py"))


def test_doors_ask_services_and_queries_and_never_a_manager() -> None:
    managers = {"objects", "_default_manager", "_base_manager"}
    found = [
        f"{module.name}:{node.lineno}"
        for module in modules()
        if module.name.startswith(DOORS)
        for node in ast.walk(module.syntax)
        if isinstance(node, ast.Attribute) and node.attr in managers
    ]
    assert found == []


def test_every_room_is_an_installed_app_and_stands_in_the_contracts() -> None:
    installed = {config.label for config in apps.get_app_configs()}
    contracts = (ROOT / ".importlinter").read_text(encoding="utf-8")
    _, _, layers = contracts.partition("[importlinter:contract:rooms]")
    layers = layers.partition("broken_contract_guidance")[0]
    for room in rooms():
        assert room in installed, f"{room} is not installed"
        assert re.search(rf"^\s+.*\b{room}\b", layers, re.MULTILINE), f"{room} has no layer"


def test_every_room_with_models_protects_them() -> None:
    contracts = (ROOT / ".importlinter").read_text(encoding="utf-8")
    with_models = {model._meta.app_label for model in own_models()}
    missing = [room for room in sorted(with_models) if f"\n    entente.apps.{room}.models\n" not in contracts]
    assert missing == []


def test_no_layer_is_optional() -> None:
    contracts = (ROOT / ".importlinter").read_text(encoding="utf-8")
    assert re.findall(r"^\s+\(\w+\)", contracts, re.MULTILINE) == []


def test_no_model_has_a_key_that_counts() -> None:
    wrong = [
        model._meta.label
        for model in own_models()
        if isinstance(model._meta.pk, models.AutoField) and not model._meta.proxy
    ]
    assert wrong == []


def test_no_time_is_read_by_the_database_layer() -> None:
    wrong = [
        f"{model._meta.label}.{field.name}"
        for model in own_models()
        for field in model._meta.get_fields()
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    ]
    assert wrong == []


def test_every_migration_has_a_name_that_says_what_it_does() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in (SOURCE / "apps").glob("*/migrations/0*.py")
        if re.search(r"_auto_|_alter_.*_and_more|_and_more", path.stem)
    ]
    assert wrong == []


def test_every_model_says_which_personal_data_it_holds() -> None:
    """`docs/privacy.md` has one row per model; a new table without a row is a new table nobody thought about."""
    if not PRIVACY.exists():
        pytest.fail(
            "docs/privacy.md is missing: one table row per model, | cases.Case | what | why | how long |"
        )
    rows = set(re.findall(r"^\| `?(\w+\.\w+)`? \|", PRIVACY.read_text(encoding="utf-8"), re.MULTILINE))
    labels = {model._meta.label for model in own_models()}
    assert sorted(labels - rows) == [], "models without a row"
    assert sorted(rows - labels) == [], "rows without a model"
