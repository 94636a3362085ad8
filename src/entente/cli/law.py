"""`entente law`: read the deadlines this instance counts, with their articles and how certain each is."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from entente.cli.output import FOUND, answer_json, fail, say
from entente.cli.surroundings import JsonOption

if TYPE_CHECKING:
    from entente.core.law.rules import Period

app = typer.Typer(
    help="Read the law data this instance works from.", no_args_is_help=True, add_completion=False
)


@app.command("list")
def list_rules(as_json: JsonOption = False) -> None:
    """List every clock: its article, its length, how certain the source is."""
    from rich.console import Console
    from rich.table import Table

    from entente.core.law.rules import deadline_rules

    rules = deadline_rules()
    if as_json:
        answer_json([asdict(rule) for rule in rules.values()])
        return
    table = Table("rule", "title", "basis", "period", "certainty", box=None, header_style="bold")
    for rule in rules.values():
        table.add_row(rule.id, rule.title, rule.basis, period_in_words(rule.period), str(rule.certainty))
    Console().print(table)


@app.command("show")
def show_rule(
    rule_id: Annotated[str, typer.Argument(help="As listed.")], as_json: JsonOption = False
) -> None:
    """Show one clock with its alarms and its source."""
    from entente.core.law.rules import deadline_rules

    rule = deadline_rules().get(rule_id)
    if rule is None:
        raise fail(f"There is no rule {rule_id!r}. See: entente law list", as_json=as_json)
    if as_json:
        answer_json(asdict(rule))
        return
    say(f"[bold]{rule.title}[/bold]  ({rule.id})")
    say(f"  {rule.basis}, {rule.jurisdiction}: {period_in_words(rule.period)} from {rule.trigger}")
    say(
        f"  Set by {rule.period_set_by}; source: {rule.source}, as of {rule.as_of}, certainty {rule.certainty}"
    )
    for step in rule.alarms:
        say(f"  alarm {step.id}: {step.who}")


@app.command("check")
def check(as_json: JsonOption = False) -> None:
    """Read every file of law data and look across them; exit code 1 names what is wrong."""
    from entente.core.law.catalogue import check_law_data
    from entente.core.law.errors import LawDataError

    problems: list[str] = []
    try:
        check_law_data()
    except LawDataError as error:
        problems = list(error.problems)
    if as_json:
        answer_json({"problems": problems})
    else:
        say("\n".join(problems) if problems else "The law data is complete and consistent.")
    if problems:
        raise typer.Exit(FOUND)


def period_in_words(period: "Period") -> str:
    """Return a period as a person reads it."""
    from entente.core.law.rules import Unit

    if period.unit is Unit.DATE_OF_NEXT_YEAR:
        month, day = divmod(period.value, 100)
        return f"{day:02d}.{month:02d}. of the next year"
    return f"{period.value} {period.unit.replace('_', ' ')}"
