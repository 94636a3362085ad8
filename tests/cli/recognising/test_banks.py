"""`entente banks`: made by a person, filled and written out by whoever is at the machine, all of it on record."""

import csv
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from entente.apps.audit.models import AuditEvent
from entente.apps.banks import queries, services
from entente.apps.banks.models import Signal
from entente.apps.banks.services import NewSignal, Source
from entente.apps.kernel import clock
from entente.cli.recognising import importing, operators
from entente.cli.recognising.bank_sources import BankNotForScans, source_of_instance
from tests import world
from tests.apps.banks import acts
from tests.cli.recognising.runs import line, listed, pictures, run
from tests.cli.trees import entente

pytestmark = pytest.mark.django_db


def digits(word: str) -> str:
    return acts.value(word).hex()


def make(*more: str, name: str = "Ours", role: str = "senior_reviewer", **person: Any) -> Any:
    someone = world.person("Sam Example", role)
    return run("banks", "create", name, "--basis", "Our terms, section 4.", "--as", someone.email, *more)


def event(kind: str) -> AuditEvent:
    return AuditEvent.objects.filter(kind=f"banks:bank:{kind}").latest("at")


def test_a_bank_is_made_in_the_name_of_a_person(data_dir: Path) -> None:
    done = make("--policy", "open_case", "--reference", "terms 4", "--json")
    assert done.exit_code == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["name"], said["policy"], said["basis_reference"]) == ("Ours", "open_case", "terms 4")
    made = event("created")
    assert made.actor_kind == "person"
    assert made.actor_name.startswith("Sam Example (at the machine as ")
    assert "entente banks import 'Ours' FILE" not in done.stdout
    assert "entente banks import 'Two' FILE" in make(name="Two").stdout


def test_who_may_not_makes_no_bank(data_dir: Path) -> None:
    assert "it takes 'banks.edit'" in make(role="reviewer").stderr
    nobody = run("banks", "create", "Ours", "--basis", "Terms.", "--as", "nobody@agora.example")
    assert (nobody.exit_code, "Nobody of this service" in nobody.stderr) == (2, True)
    assert make("--policy", "restrict").exit_code == 2
    assert queries.banks() == []


def test_banks_are_listed_and_shown(data_dir: Path) -> None:
    acts.add(acts.bank("Ours [bold]").id, "one", "two")
    acts.bank("Sources", negative_kind="journalism")
    table = run("banks", "list").stdout
    assert "Ours [bold]" in table
    assert "protects journalism" in table
    assert [one["signals"] for one in json.loads(run("banks", "list", "--json").stdout)["banks"]] == [2, 0]
    shown = run("banks", "show", "Ours [bold]").stdout
    assert "signals  2 stand" in shown
    assert json.loads(run("banks", "show", "Sources", "--json").stdout)["negative_kind"] == "journalism"
    nowhere = run("banks", "show", "Nobody's", "--json")
    assert (nowhere.exit_code, "nor a bank" in json.loads(nowhere.stdout)["error"]) == (2, True)


def test_a_judged_bank_says_how_often_it_was_right(data_dir: Path) -> None:
    from entente.apps.banks.models import Bank

    Bank.objects.filter(pk=acts.bank("Ours").id).update(judged_right=3, judged_wrong=1)
    assert "75%" in run("banks", "list").stdout


def test_a_file_is_loaded_and_every_bad_line_is_told(data_dir: Path, tmp_path: Path) -> None:
    bank = acts.bank("Ours")
    taken_back = acts.one(bank.id, "taken back")
    services.retract_signals(
        signal_ids=[taken_back.id], reason=acts.WORDS, actor=acts.senior(), at=clock.now()
    )
    path = listed(
        tmp_path / "list.csv",
        line("sha256", digits("one"), labels="graphic", entity="Example", partner_ref="17"),
        line("sha256", digits("one")[:-1]),
        line("sha3", digits("two")),
        line("sha256", digits("three"), retracted="true"),
        line("sha256", digits("taken back")),
        line("sha256", digits("four")),
    )
    done = run("banks", "import", "Ours", path)
    assert done.exit_code == 1, done.stderr
    assert "6 read: 2 added, 0 there already, 4 not taken." in done.stdout
    with (tmp_path / "list.csv.bad.csv").open(newline="") as file:
        told = {int(row["item"]): (row["line"], row["reason"]) for row in csv.DictReader(file)}
    assert {item: where for item, (where, _why) in told.items()} == {2: "3", 3: "4", 4: "", 5: ""}
    assert told[4][1] == importing.RETRACTION
    assert digits("one")[:-1] not in (tmp_path / "list.csv.bad.csv").read_text()
    signal = Signal.objects.get(bank_id=bank.id, value_key=acts.value("one"))
    assert (signal.partner_ref, signal.provenance.source) == ("17", "list.csv")
    assert event("signals_added").actor_kind == "system"
    assert event("signals_added").actor_name.endswith("operator at the machine")


def test_the_same_file_again_adds_nothing(data_dir: Path, tmp_path: Path) -> None:
    acts.bank("Ours")
    path = listed(tmp_path / "list.csv", line("sha256", digits("one")))
    assert run("banks", "import", "Ours", path).exit_code == 0
    (tmp_path / "list.csv.bad.csv").touch()
    again = run("banks", "import", "Ours", path, "--json")
    assert again.exit_code == 0
    said = json.loads(again.stdout)
    assert (said["added"], said["known"], said["bad_lines"]) == (0, 1, "")
    assert not (tmp_path / "list.csv.bad.csv").exists(), "what was told before is not true any more"


def test_a_large_file_is_one_import_in_several_batches(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MOST_AT_ONCE", 4)
    bank = acts.bank("Ours")
    path = listed(tmp_path / "list.csv", *(line("sha256", digits(str(number))) for number in range(10)))
    assert run("banks", "import", "Ours", path).exit_code == 0
    assert Signal.objects.filter(bank_id=bank.id).values("provenance").distinct().count() == 1


def test_an_import_that_is_stopped_can_be_repeated(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopping(**_facts: Any) -> Any:
        raise KeyboardInterrupt

    acts.bank("Ours")
    path = listed(tmp_path / "list.csv", line("sha256", digits("one")))
    with monkeypatch.context() as patched:
        patched.setattr(importing, "add_signals", stopping)
        stopped = run("banks", "import", "Ours", path)
    assert (stopped.exit_code, "again loads the rest" in stopped.stderr) == (2, True)
    assert "1 added" in run("banks", "import", "Ours", path).stdout


def test_a_file_cut_short_is_loaded_up_to_there(data_dir: Path, tmp_path: Path) -> None:
    bank = acts.bank("Ours")
    path = tmp_path / "list.json"
    path.write_text(f'[{{"sha256": "{digits("one")}"}}, {{"sha256": "')
    done = run("banks", "import", "Ours", path)
    assert done.exit_code == 2
    assert "loaded up to where it can be followed" in done.stdout
    assert Signal.objects.filter(bank_id=bank.id).count() == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("import", "Ours", "nothing.csv"), "nothing.csv"),
        (("import", "Ours", "list.csv", "--format", "xml"), "csv, json, stix, misp"),
        (("import", "Nobody's", "list.csv"), "nor a bank"),
        (("import", "Shared", "list.csv"), "second person"),
        (("export", "Ours", "out.xml"), "--format"),
        (("export", "Ours", "list.csv"), "is there already"),
        (("export", "Nobody's", "out.csv"), "nor a bank"),
    ],
)
def test_what_cannot_be_done_is_said(
    data_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    acts.bank("Ours")
    acts.bank("Shared", is_shared=True)
    listed(tmp_path / "list.csv", line("sha256", digits("one")))
    done = run("banks", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl", "out.stix.json", "out.misp.json"])
def test_what_is_written_out_can_be_read_again(data_dir: Path, tmp_path: Path, name: str) -> None:
    ours, other = acts.bank("Ours"), acts.bank("Other")
    acts.add(ours.id, "one", "two", labels=("graphic",), entity="Example", partner_ref="17")
    path = tmp_path / name
    done = run("banks", "export", "Ours", path)
    assert (done.exit_code, done.stdout) == (0, f"2 signals in {path}.\n"), done.stderr
    assert path.stat().st_mode & 0o077 == 0
    assert event("exported").facts["count"] == 2
    assert run("banks", "import", "Other", path).exit_code == 0

    def held(bank: Any) -> list[Any]:
        return sorted(
            Signal.objects.filter(bank_id=bank.id).values_list(
                "value_key", "labels", "entity__name", "partner_ref"
            )
        )

    assert held(ours) == held(other)


def test_what_may_not_leave_yet_stays_out(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank = acts.bank("Ours")
    acts.add(bank.id, "one", "two", "three")
    from entente.apps.kernel.ids import new_id

    numbers = list(Signal.objects.order_by("pk").values_list("pk", flat=True))
    Signal.objects.filter(pk=numbers[0]).update(
        born_of_order=new_id(), not_shared_before=clock.now() + timedelta(hours=1)
    )
    Signal.objects.filter(pk=numbers[1]).update(signal_type="gone")
    done = run("banks", "export", "Ours", tmp_path / "out.csv")
    assert "1 signals in" in done.stdout
    assert "1 were left out: born of an order" in done.stdout
    assert "1 were left out: no installed package" in done.stdout
    said = json.loads(run("banks", "export", "Ours", tmp_path / "two.csv", "--json").stdout)
    assert said == {"written": 1, "not_yet": 1, "unknown_type": 1}


def test_a_bank_of_this_instance_is_looked_for_in_files(data_dir: Path, tmp_path: Path) -> None:
    from entente.cli.recognising.bank_folders import BankFolder

    bank = acts.bank("Ours", policy="open_case", radii={"pdq": 10})
    acts.add(bank.id, "one", labels=("graphic",))
    source = source_of_instance("Ours")
    folder = BankFolder.make(tmp_path / "made", source.facts, source.listed())
    (met,) = folder.search("sha256", [acts.value("one")])
    assert folder.entry(met.row).labels == ("graphic",)
    assert folder.entry(met.row).signal_id == Signal.objects.get().pk
    assert (folder.facts.policy, folder.radius("pdq")) == ("open_case", 10)
    assert not source.is_repeatable


def test_referrals_start_no_scan_of_what_is_stored(data_dir: Path) -> None:
    acts.bank("Referrals", owner="authority")
    with pytest.raises(BankNotForScans, match="Adopt"):
        source_of_instance("Referrals")


def test_a_bank_that_does_not_count_is_not_looked_for(data_dir: Path) -> None:
    bank = acts.bank("Ours")
    services.retire_bank(bank_id=bank.id, reason=acts.WORDS, actor=acts.senior(), at=clock.now())
    with pytest.raises(BankNotForScans, match="retired"):
        source_of_instance("Ours")


def test_a_lost_copy_of_a_living_bank_is_not_made_again(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    from entente.cli.recognising import scan_runs

    monkeypatch.chdir(tmp_path)
    (picture,) = pictures(tmp_path / "archive", 1)
    bank = acts.bank("Ours")
    services.add_signals(
        bank_id=bank.id,
        signals=[NewSignal("sha256", acts.value(picture.name))],
        source=Source(how="import"),
        actor=acts.reviewer(),
        at=clock.now(),
    )

    def stopped(*_arguments: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(scan_runs, "_finish", stopped)
        assert run("scan", "archive", "--bank", "Ours").exit_code == 2
    shutil.rmtree(tmp_path / "entente-scan.banks")
    lost = run("scan", "archive", "--bank", "Ours", "--resume")
    assert (lost.exit_code, "is gone" in lost.stderr) == (2, True)


def test_an_account_without_a_name_is_told_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(number: int) -> Any:
        raise KeyError(number)

    monkeypatch.setattr("pwd.getpwuid", unknown)
    assert operators.operator().name.startswith("uid ")


def test_without_an_instance_the_way_to_one_is_told(tmp_path: Path) -> None:
    done = entente("banks", "list", "--data", str(tmp_path / "nowhere"))
    assert done.returncode == 2
    assert "entente init" in done.stderr


def test_an_instance_of_another_version_is_not_worked_on(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import DatabaseError

    def broken() -> Any:
        raise DatabaseError("locked")

    monkeypatch.setattr("entente.cli.recognising.instances.unapplied_migrations", lambda: ["banks.0009"])
    assert "entente upgrade" in run("banks", "list").stderr
    monkeypatch.setattr("entente.cli.recognising.instances.unapplied_migrations", broken)
    assert "does not answer: locked" in run("banks", "list").stderr
