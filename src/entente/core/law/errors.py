"""The errors of the law core: each one says what is wrong in words a person can act on."""

from collections.abc import Iterable


class LawError(Exception):
    """Anything the law core refuses."""


class LawDataError(LawError):
    """One or more data files are wrong; ``problems`` lists every fault at once."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "The law data cannot be used:\n" + "\n".join(f"- {problem}" for problem in self.problems)
        )


class UnknownInLaw(LawError, LookupError):
    """An identifier that the law data do not hold."""

    kind = "entry"

    def __init__(self, identifier: str) -> None:
        self.identifier = identifier
        super().__init__(f"The law data hold no {self.kind} {identifier!r}.")


class UnknownRule(UnknownInLaw):
    """A deadline rule that is not in the data."""

    kind = "deadline rule"


class UnknownCalendar(UnknownInLaw):
    """A working-day calendar that is not in the data."""

    kind = "working-day calendar"


class UnknownTerritory(UnknownInLaw):
    """A territory that is not in the data."""

    kind = "territory"


class UnknownZone(UnknownInLaw):
    """A time zone that the tz database does not hold."""

    kind = "time zone"


class UnknownOrderType(UnknownInLaw):
    """An order type that is not in the data."""

    kind = "order type"


class UnknownBasis(UnknownInLaw):
    """A legal basis that is not in the data."""

    kind = "legal basis"


class UnknownGround(UnknownInLaw):
    """A ground that is not in the data."""

    kind = "ground"


class UnknownRoute(UnknownInLaw):
    """A route that is not in the data."""

    kind = "route"


class NaiveTime(LawError, ValueError):
    """A time without an offset: it names no instant, so no clock may start from it."""


class NotRestartable(LawError):
    """The law gives this deadline no restart."""


class ScopeOutside(LawError):
    """A territorial scope smaller or larger than the basis allows (design rule 3)."""

    def __init__(self, code: str, message: str, **params: str) -> None:
        self.code = code
        self.message = message
        self.params = params
        super().__init__(message % params)
