"""Where a bank comes from: a list in a file, or this instance."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from entente.cli.recognising.bank_folders import BankFacts, Listed
from entente.core.exchange.entries import Bad
from entente.core.exchange.formats import FORMATS, by_name

if TYPE_CHECKING:
    from entente.apps.banks.queries import BankLine, BankPolicy
    from entente.core.exchange.formats import Format

FORMAT_NAMES: Final = {"csv": "csv", "json": "peers_json", "stix": "stix", "misp": "misp"}
"""As the command says it -> as the library does."""

_MOST_SHOWN: Final = 3
_LOOKED_AT_BYTES: Final = 4096


class NoSuchBankHere(Exception):
    """There is neither a file nor a bank of this name."""


class BankNotForScans(Exception):
    """This bank may not be looked for in what is stored; the message says why and what to do."""


class UnknownFormatName(ValueError):
    """No format of this name; the message says which there are."""


@dataclass
class BadLines:
    """Lines of a list that could not be read: how many, and the first of them."""

    count: int = 0
    first: list[Bad] = field(default_factory=list)

    def add(self, bad: Bad) -> None:
        """Count one."""
        self.count += 1
        if len(self.first) < _MOST_SHOWN:
            self.first.append(bad)


@dataclass(frozen=True, slots=True)
class BankSource:
    """One list. `listed` may raise FormatUnreadable where the rest of a file cannot be made out."""

    facts: BankFacts
    listed: Callable[[], Iterator[Listed]]
    bad: BadLines = field(default_factory=BadLines)
    is_repeatable: bool = True
    """Whether the same list comes again when it is read again."""


def format_of(path: Path, named: str = "") -> "Format":
    """Return the format of a list: the one that is named, or what its name or its beginning says.

    Raises UnknownFormatName, OSError.
    """
    if named:
        if named not in FORMAT_NAMES:
            raise UnknownFormatName(f"The formats are {', '.join(FORMAT_NAMES)}.")
        return by_name(FORMAT_NAMES[named])
    fitting = [one for one in FORMATS if path.name.lower().endswith(one.suffix)]
    if fitting:
        return fitting[0]
    with path.open("rb") as file:
        beginning = file.read(_LOOKED_AT_BYTES).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not beginning.startswith((b"{", b"[")):
        return by_name("csv")
    if b'"bundle"' in beginning:
        return by_name("stix")
    return by_name("misp" if b'"Event"' in beginning else "peers_json")


def format_to_write(path: Path, named: str = "") -> "Format":
    """Return the format of a list that is to be made. Raises UnknownFormatName."""
    fitting = [one for one in FORMATS if path.name.lower().endswith(one.suffix)]
    if named or not fitting:
        if named not in FORMAT_NAMES:
            raise UnknownFormatName(f"Say --format: {', '.join(FORMAT_NAMES)}.")
        return by_name(FORMAT_NAMES[named])
    return fitting[0]


def source_of_file(path: Path, named_format: str = "", *, radii: dict[str, int] | None = None) -> BankSource:
    """Return the list in a file, read once for its digest. Raises UnknownFormatName, OSError."""
    form = format_of(path, named_format)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    bad = BadLines()

    def listed() -> Iterator[Listed]:
        with path.open("rb") as file:
            for one in form.read(file):
                if isinstance(one, Bad):
                    bad.add(one)
                else:
                    yield Listed(
                        signal_type=one.signal_type,
                        value=one.value,
                        labels=one.labels,
                        entity=one.entity,
                        reference=one.partner_ref,
                        is_retracted=one.is_retracted,
                    )

    return BankSource(BankFacts(path.name, f"sha256:{digest}", radii=radii or {}), listed, bad)


def bank_of_instance(name: str) -> "BankLine":
    """Return a bank of this instance; Django must be set up. Raises NoSuchBankHere."""
    from entente.apps.banks import queries
    from entente.apps.banks.errors import NoSuchBank

    try:
        return queries.bank_named(name)
    except NoSuchBank:
        raise NoSuchBankHere(
            f"There is neither a file nor a bank {name!r}. See: entente banks list"
        ) from None


def source_of_instance(name: str) -> BankSource:
    """Return what stands in a bank of this instance; Django must be set up. Raises NoSuchBankHere, BankNotForScans."""
    from entente.apps.banks import queries
    from entente.apps.kernel import clock

    at, policy = clock.now(), bank_of_instance(name).policy
    if policy.is_referral:
        raise BankNotForScans(
            f"The bank {name!r} comes from an authority: its signals are referrals, and start no scan of what is "
            "stored. Adopt those you stand for into a bank of this service."
        )
    if not policy.is_enforced(at):
        raise BankNotForScans(f"The bank {name!r} is retired, disabled or expired: nothing of it matches.")

    def listed() -> Iterator[Listed]:
        for one in queries.entries_of_bank(policy.id, at=at):
            yield Listed(
                one.signal_type, one.value, one.labels, one.entity, one.partner_ref, signal_id=one.signal_id
            )

    facts = BankFacts(name, f"bank:{policy.id}", policy=said_policy(policy), radii=dict(policy.radii))
    return BankSource(facts, listed, is_repeatable=False)


def said_policy(policy: "BankPolicy") -> str:
    """Return what a match may lead to at most, or what the bank protects."""
    return f"protects {policy.negative_kind}" if policy.is_negative else policy.policy
