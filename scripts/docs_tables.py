"""Write the parts of the documentation that repeat the code, so that they cannot say something else.

A page marks such a part with two comments; what stands between them is made here. The suite fails when a page is
older than the code. Usage: .venv/bin/python scripts/docs_tables.py [--check]
"""

import dataclasses
import importlib
import importlib.util
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from entente.apps.kernel.registries import Registry

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
_BLOCK = re.compile(r"(<!-- made by scripts/docs_tables\.py: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def permissions() -> str:
    """Return who may do what, from the one table."""
    from entente.apps.parties.permissions import docs_table

    return docs_table().rstrip()


def clocks() -> str:
    """Return every clock of the law data."""
    from entente.cli.law import period_in_words
    from entente.core.law.rules import deadline_rules

    lines = ["| Rule | What is due | Source | Period | Certainty |", "|---|---|---|---|---|"]
    lines += [
        f"| `{rule.id}` | {rule.title} | {rule.basis} | {period_in_words(rule.period)} | {rule.certainty} |"
        for rule in deadline_rules().values()
    ]
    return "\n".join(lines)


def worker_steps() -> str:
    """Return what the worker does again and again."""
    from entente.cli.worker_steps import STEPS

    lines = ["| Step | Lane | Service | At least every |", "|---|---|---|---|"]
    lines += [
        f"| {step.name} | {step.lane} | `{step.target.replace(':', '.')}` | {step.every_seconds:g} s |"
        for step in STEPS
    ]
    return "\n".join(lines)


def api_operations() -> str:
    """Return the doors of the HTTP API and what each asks for."""
    from entente.api.v1 import api
    from entente.apps.parties.permissions import ROUTES

    lines = ["| Door | Asks for | What it does |", "|---|---|---|"]
    for path, router_view in sorted(
        (prefix + path, view)
        for prefix, router in api._routers  # noqa: SLF001 - ninja offers no public list of its operations
        for path, view in router.path_operations.items()
    ):
        for operation in router_view.operations:
            gate = ROUTES.get(f"api:{operation.url_name}", "")
            verbs = " ".join(sorted(operation.methods))
            lines.append(f"| `{verbs} /api/v1{path}` | `{gate}` | {operation.summary} |")
    return "\n".join(lines)


REGISTRIES = {
    "parties.person_leaving": "somebody leaves, and their open work changes hands",
    "parties.register_changed": "the register of authorities changes",
    "parties.host_changed": "the host's profile is written anew",
    "parties.person_letters": "a person must be written to: invitation, recovery, end of an account",
    "deliveries.transports": "something leaves",
    "deliveries.webhook_endpoints": "the address and the signer of a webhook are needed",
    "deliveries.mail_attachments": "a mail with files leaves",
    "deliveries.delivery_arrived": "the other side has it",
    "deliveries.delivery_acknowledged": "the other side said what it did, or refused",
    "deliveries.delivery_failing": "the alarm time passed without success, or the delivery was given up",
    "deliveries.purposes": "a purpose needs another schedule than the known ones",
    "deadlines.deadline_expired": "a deadline of this rule ended unmet",
    "deadlines.next_due_changed": "a deadline of a case started, moved or ended",
    "deadlines.page_link": "a page to who is on call names the screen to open",
    "oversight.overseen_kinds": "is this act copied although nobody is appointed yet?",
    "evidence.preservation_ended": "the last ground for keeping something ended",
    "banks.signal_retracted": "signals were taken back, whoever did it",
    "cases.action_handlers": "a measure is asked for or taken back",
    "cases.effect_recorded": "the platform carried out or refused a measure",
    "cases.silence_ended": "a lawful silence ended",
    "cases.person_informed": "the person affected was told, and their own clocks start",
    "cases.scrutiny_open": "the letter names the roads: may this order be scrutinised?",
    "cases.backgrounds": "how the service came to the addresses of a case that binds nobody (any more)",
    "cases.case_left": "the suspected-child-abuse key took a case out",
    "cases.held_past_end": "a restriction has reached its end, and a room may hold it on",
    "cases.restriction_ended": "a restriction ended by itself",
    "arrivals.checked": "a message is about to be settled; a refusal stays on record",
    "arrivals.settled": "a person said what a message is",
}
"""Registry -> when its handlers are called."""


def registries() -> str:
    """Return every registry with the rooms that fill it now. Raises KeyError for one nobody has described."""
    rows = []
    for registry in declared_registries():
        by_room: dict[str, list[str]] = {}
        for key in registry.keys():  # noqa: SIM118 - a Registry is no mapping
            by_room.setdefault(_room_of(registry.get(key)), []).append(f"`{key}`")
        filled = "; ".join(f"{room}: {', '.join(sorted(keys))}" for room, keys in sorted(by_room.items()))
        rows.append(f"| `{registry.name}` | {REGISTRIES[registry.name]} | {filled or 'nobody yet'} |")
    return "\n".join(["| Registry | Called when | Filled by |", "|---|---|---|", *rows])


def declared_registries() -> "list[Registry[Any, Any]]":
    """Return every registry the rooms declare, lowest room first."""
    from django.apps import apps

    from entente.apps.kernel.registries import Registry

    found = []
    for config in apps.get_app_configs():
        name = f"{config.name}.registries"
        if config.name.startswith("entente.apps.") and importlib.util.find_spec(name):
            found += [
                item for item in vars(importlib.import_module(name)).values() if isinstance(item, Registry)
            ]
    return list(dict.fromkeys(found))


def _room_of(handler: object) -> str:
    """Return the room a handler lives in: where it, or its parts, are written."""
    parts = (
        [getattr(handler, field.name) for field in dataclasses.fields(handler)]
        if dataclasses.is_dataclass(handler)
        else []
    )
    module = str(getattr((parts or [handler])[0], "__module__", ""))
    return module.removeprefix("entente.").removeprefix("apps.").split(".")[0]


PARTS: dict[str, Callable[[], str]] = {
    "permissions": permissions,
    "clocks": clocks,
    "worker_steps": worker_steps,
    "api_operations": api_operations,
    "registries": registries,
}
"""Name in the comment -> what makes the part."""


def renewed(text: str) -> str:
    """Return a page with its made parts as the code has them now. Raises KeyError for an unknown part."""
    return _BLOCK.sub(lambda found: f"{found[1]}\n{PARTS[found[2]]()}\n\n{found[3]}", text)


def stale_pages() -> list[Path]:
    """Return the pages whose made parts are older than the code."""
    pages = sorted(DOCS.rglob("*.md"))
    return [page for page in pages if renewed(text := page.read_text(encoding="utf-8")) != text]


def main(arguments: list[str]) -> int:
    """Renew every page, or with --check only name those that are stale; return 1 when there are any."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entente.settings.test")
    import django

    django.setup()
    stale = stale_pages()
    for page in stale:
        if "--check" not in arguments:
            page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")
        print(page.relative_to(ROOT))
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
