"""The whole of the law data at once: checked together at start, and its sentences listed for translation."""

from collections.abc import Callable, Iterator

from entente.core.law import (
    assessment,
    bases,
    calendars,
    clocks,
    intake,
    orders,
    preservation,
    routes,
    rules,
    scopes,
    silence,
    territories,
)
from entente.core.law.errors import LawDataError, UnknownZone
from entente.core.law.orders import answers, binding, examination

_LOADERS: tuple[Callable[[], object], ...] = (
    territories.atlas,
    calendars.working_calendars,
    rules.deadline_rules,
    orders.order_types,
    bases.bases,
    preservation.preservation_grounds,
    silence.silence_rules,
    routes.routes,
    assessment.assessment_parts,
    intake.intake_words,
)


def check_law_data() -> None:
    """Load every data file and look across them. Raises one LawDataError with every fault of all files."""
    problems: list[str] = []
    for load in _LOADERS:
        try:
            load()
        except LawDataError as wrong:
            problems += [problem for problem in wrong.problems if problem not in problems]
    if not problems:
        problems = list(_across())
    if problems:
        raise LawDataError(problems)


def _across() -> Iterator[str]:
    """Yield what is wrong between files that are right by themselves."""
    for rule in rules.deadline_rules().values():
        if rule.calendar is not None and rule.calendar not in calendars.working_calendars():
            yield f"deadlines.rule[{rule.id}]: calendar {rule.calendar!r} is not in calendars"
        if rule.zone is not None and not _is_zone(rule.zone):
            yield f"deadlines.rule[{rule.id}]: zone {rule.zone!r} is no time zone"
    kept = preservation.preservation_grounds()
    asking = [(order.id, order.preservation_ground) for order in orders.order_types().values()]
    asking += [(basis.id, basis.preservation_ground) for basis in bases.bases().values()]
    for identifier, ground in asking:
        if ground not in kept:
            yield f"{identifier}: preservation_ground {ground!r} is not in preservation"
    for silent in silence.silence_rules().values():
        for order_type in silent.order_types:
            if order_type not in orders.order_types():
                yield f"silences[{silent.id}]: order type {order_type!r} is not in order_types"


def _is_zone(name: str) -> bool:
    try:
        clocks.zone_of(name)
    except UnknownZone:
        return False
    return True


def messages() -> tuple[str, ...]:
    """Return every English sentence and title a person may read, once each, in a stable order: the ids to translate."""
    found: dict[str, None] = {}
    for module in (scopes, examination, answers, binding, assessment, silence, intake):
        found.update(dict.fromkeys(module.MESSAGES.values()))
    found.update(dict.fromkeys((*scopes.BOUND_NAMES.values(), *binding.SAFEGUARD_NAMES.values())))
    found.update(dict.fromkeys((*binding.TIE_NAMES.values(), bases.MeasureOutside.message)))
    found.update(dict.fromkeys((scopes.REST_OF_WORLD, clocks.LEGAL_LATEST_LABEL)))
    found.update(dict.fromkeys(_titles()))
    return tuple(found)


def _titles() -> Iterator[str]:
    for rule in rules.deadline_rules().values():
        yield from (rule.title, rule.trigger)
    for order in orders.order_types().values():
        yield order.title
        yield from (road.title for road in order.redress)
    yield from (basis.title for basis in bases.bases().values())
    yield from (ground.title for ground in bases.grounds(exercise=True).values())
    for kept in preservation.preservation_grounds().values():
        yield from (kept.title, kept.starts, kept.extension)
    yield from (silent.title for silent in silence.silence_rules().values())
    for route in routes.routes().values():
        yield from (route.title, route.instruction, *route.steps)
        yield from (recipient.message for entry in route.entries.values() for recipient in entry.recipients)
    parts = assessment.assessment_parts()
    for items in (parts.purposes, parts.test, parts.factors):
        yield from (text for item in items.values() for text in (item.title, item.help) if text)
    for question in parts.questions:
        yield from (question.question, question.help, question.if_no_text)
    yield from (signal.message for signal in intake.intake_words().signals.values())
