"""Is this known? What is asked about files, addresses, texts and ready signals, and the two who can be asked."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from entente.cli.recognising.bank_folders import BankFolder
from entente.cli.recognising.bank_sources import BankSource, said_policy
from entente.cli.recognising.hashing import TYPE_OF
from entente.cli.recognising.parts import as_match
from entente.core.signals.errors import SignalError
from entente.core.signals.registry import signal_types

if TYPE_CHECKING:
    from entente.apps.content.hashing.pool import HashingPool
    from entente.apps.matching.hub import IndexHub

Value = tuple[str, bytes]
"""Signal type and canonical value."""

OF_TEXT: Final = frozenset({"text_exact", "text_minhash"})
WAIT_SECONDS: Final = 120.0
"""So long the index of this instance may take to be there: one of a million signals is built in half a minute."""


class UnreadableQuestion(ValueError):
    """What somebody wrote is no signal or no address; the message says what is wrong."""


class IndexNotFresh(Exception):
    """Nobody can tell: the index is not at the end of the changes. The message is the hub's word."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is asked about. `problem` says why it could not be looked at, or not wholly."""

    what: str
    values: tuple[Value, ...]
    problem: str = ""


def of_signal(written: str) -> Question:
    """Return the question about TYPE:VALUE. Raises UnreadableQuestion."""
    name, _, value = written.partition(":")
    kind = signal_types().get(name)
    if kind is None:
        known = ", ".join(signal_types())
        raise UnreadableQuestion(f"A signal is TYPE:VALUE, and the types are {known}.")
    try:
        return Question(written, ((name, kind.parse(value)),))
    except SignalError as error:
        raise UnreadableQuestion(str(error)) from None


def of_address(url: str) -> Question:
    """Return the question about an address. Raises UnreadableQuestion."""
    from entente.core.signals.urls.exchanged import exchanged_lookup_keys

    try:
        value = signal_types()["url"].parse(url)
        keys = exchanged_lookup_keys(url)
    except SignalError as error:
        raise UnreadableQuestion(str(error)) from None
    return Question(url, (("url", value), *(("url_md5", key) for key in keys)))


def of_text(pool: "HashingPool", text: str) -> Question:
    """Return the question about a text, hashed as a hostile one."""
    found = pool.hash(text.encode("utf-8", "surrogateescape"), wanted=OF_TEXT, as_text=True)
    values = tuple((TYPE_OF[name], value) for name, some in found.signals.items() for value in some)
    return Question("the text", values, problem="" if values else found.outcome)


Asked = Callable[[Question], list[dict[str, Any]]]
"""Answers a question with its matches, nearest first. Raises IndexNotFresh."""


def ask_folder(bank: BankFolder) -> Asked:
    """Return who answers from one bank in a folder."""

    def asked(question: Question) -> list[dict[str, Any]]:
        nearest: dict[int, int] = {}
        for signal_type, value in question.values:
            for met in bank.search(signal_type, [value]):
                nearest[met.row] = min(met.distance, nearest.get(met.row, met.distance))
        return [as_match(bank, *found) for found in sorted(nearest.items(), key=lambda pair: pair[::-1])]

    return asked


def made_for_now(source: BankSource, folder: tempfile.TemporaryDirectory[str]) -> BankFolder:
    """Return a list as a bank, as long as the folder is there."""
    return BankFolder.make(Path(folder.name) / "bank", source.facts, source.listed())


def ask_instance(index: "IndexHub", *, bank_name: str = "") -> Asked:
    """Return who answers from the banks of this instance, or from one of them. Nothing is written, no case is opened."""
    from entente.apps.banks import queries as banks
    from entente.apps.kernel import clock
    from entente.apps.matching.hub import Query

    def asked(question: Question) -> list[dict[str, Any]]:
        found = index.search([Query(*value) for value in question.values])
        if found.unknown:
            raise IndexNotFresh(found.unknown)
        nearest: dict[int, int] = {}
        for one in found.found:
            nearest[one.signal_id] = min(one.distance, nearest.get(one.signal_id, one.distance))
        return list(_counting(nearest, bank_name))

    def _counting(nearest: dict[int, int], bank_name: str) -> Iterator[dict[str, Any]]:
        facts, policies, at = banks.signals_facts(nearest), index.policies(), clock.now()
        for signal_id, distance in sorted(nearest.items(), key=lambda pair: pair[::-1]):
            signal = facts.get(signal_id)
            bank = policies.get(signal.bank_id) if signal else None
            if signal is None or bank is None or bank_name not in {"", bank.name}:
                continue
            if signal.stands_at(at) and bank.is_enforced(at) and distance <= bank.radius(signal.signal_type):
                yield {
                    "bank": bank.name,
                    "policy": said_policy(bank),
                    "type": signal.signal_type,
                    "signal": signal.written,
                    "distance": distance,
                    "labels": signal.labels,
                    "entity": signal.entity,
                    "reference": signal.partner_ref,
                    "signal_id": signal.id,
                }

    return asked


def answered(
    asked: Asked, questions: Sequence[Question]
) -> Iterator[tuple[Question, list[dict[str, Any]], str]]:
    """Yield each question with its matches, and why nobody can tell where nobody can."""
    for question in questions:
        try:
            yield question, asked(question) if question.values else [], ""
        except IndexNotFresh as error:
            yield question, [], str(error)
