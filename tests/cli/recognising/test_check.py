"""`entente check`: known, unknown or not known; nothing is written, and no case is opened."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from entente.apps.audit.models import AuditEvent
from entente.apps.banks import services
from entente.apps.banks.services import NewSignal, Source
from entente.apps.kernel import clock
from entente.apps.matching.hub import IndexHub
from entente.cli.recognising import asking
from tests.apps.banks import acts
from tests.apps.content.hashing_samples import picture, scene
from tests.cli.recognising.runs import line, listed, pdq_of, pictures, run

TEXT = "The boats leave at seven and come back at nine; bring bread and water for all of us."
ADDRESS = "https://videos.example/watch?v=1"


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    (known,) = pictures(tmp_path, 1)
    scene(0, (320, 200)).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "mirrored.png")
    (tmp_path / "other.jpg").write_bytes(picture(seed=99))
    (tmp_path / "cut.jpg").write_bytes(picture()[:300])
    with_text = asking.of_text(_pool(), TEXT).values
    return listed(
        tmp_path / "bank.csv",
        line("pdq", pdq_of(known), labels="graphic", entity="Example"),
        line("url", ADDRESS),
        *(line(kind, value.hex()) for kind, value in with_text),
    )


def _pool() -> Any:
    from entente.apps.matching.preparing import pool

    return pool()


def test_files_addresses_texts_and_signals_are_asked_of_a_list(bank: Path, tmp_path: Path) -> None:
    known = f"pdq:{pdq_of(tmp_path / '0.jpg')}"
    files = [tmp_path / name for name in ("0.jpg", "mirrored.png", "other.jpg", "cut.jpg")]
    asked = ("--url", f"{ADDRESS}&utm_source=mail", "--text", TEXT, "--signal", known)
    done = run("check", *files, *asked, "--bank", bank, "--json")
    assert done.exit_code == 1, done.stderr
    results = {Path(one["path"]).name: one for one in json.loads(done.stdout)["results"]}
    assert {name: one["answer"] for name, one in results.items()} == {
        "0.jpg": "match",
        "mirrored.png": "match",
        "other.jpg": "no_match",
        "cut.jpg": "unknown",
        "watch?v=1&utm_source=mail": "match",
        "the text": "match",
        Path(known).name: "match",
    }
    assert results["cut.jpg"]["why"] == "not_decodable: the picture is broken or cut short"
    (match,) = results["0.jpg"]["matches"]
    assert (match["bank"], match["distance"], match["labels"]) == ("bank.csv", 0, ["graphic"])
    assert [one["type"] for one in results["the text"]["matches"]] == ["text_exact", "text_minhash"]


def test_what_could_not_be_looked_at_is_no_all_clear(bank: Path, tmp_path: Path) -> None:
    done = run("check", tmp_path / "cut.jpg", "--bank", bank)
    assert done.exit_code == 2
    assert "cut.jpg: not_decodable" in done.stderr
    clear = run("check", "--signal", f"sha256:{'00' * 32}", "--bank", bank)
    assert (clear.exit_code, clear.stdout) == (0, f"no match  sha256:{'00' * 32}\n")


def test_who_stops_it_knows_nothing(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopping(_asked: Any, _questions: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(asking, "answered", stopping)
    done = run("check", "--signal", f"sha256:{'00' * 32}", "--bank", bank)
    assert (done.exit_code, "nobody knows" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Name a file"),
        (("--signal", "pdq"), "PDQ is 64 hexadecimal digits"),
        (("--signal", f"pdq:{'00' * 31}"), "PDQ is 64 hexadecimal digits, not 62"),
        (("--signal", "sha3:00"), "the types are sha256"),
        (("--url", "ftp://videos.example/"), ""),
        (("--signal", f"md5:{'00' * 16}", "--bank", "no such bank"), "does not exist"),
    ],
)
def test_questions_that_are_none_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.setenv("ENTENTE_DATA_DIR", str(tmp_path / "nowhere"))
    done = run("check", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr


@pytest.mark.django_db
@pytest.mark.usefixtures("data_dir")
class TestTheBanksOfThisInstance:
    def filled(self, name: str = "Ours", **changes: Any) -> Any:
        bank = acts.bank(name, **changes)
        services.add_signals(
            bank_id=bank.id,
            signals=[NewSignal("sha256", acts.value("one"), entity="Example", labels=("graphic",))],
            source=Source(how="import", words="list.csv"),
            actor=acts.reviewer(),
            at=clock.now(),
        )
        return bank

    def asked(self, *more: str) -> Any:
        return run("check", "--signal", f"sha256:{acts.value('one').hex()}", *more)

    def test_a_match_names_bank_labels_and_policy_and_writes_nothing(self) -> None:
        self.filled(policy="open_case")
        self.filled("Journalism", negative_kind="journalism")
        before = AuditEvent.objects.count()
        done = self.asked("--json")
        assert done.exit_code == 1, done.stderr
        (result,) = json.loads(done.stdout)["results"]
        assert [(one["bank"], one["policy"], one["labels"]) for one in result["matches"]] == [
            ("Ours", "open_case", ["graphic"]),
            ("Journalism", "protects journalism", ["graphic"]),
        ]
        assert AuditEvent.objects.count() == before

    def test_one_bank_can_be_asked_alone(self) -> None:
        self.filled()
        acts.bank("Empty")
        assert self.asked("--bank", "Ours").exit_code == 1
        assert self.asked("--bank", "Empty").exit_code == 0
        nowhere = self.asked("--bank", "Nobody's")
        assert (nowhere.exit_code, "nor a bank" in nowhere.stderr) == (2, True)

    def test_a_bank_that_does_not_count_matches_nothing(self) -> None:
        bank = self.filled()
        until = clock.now() + timedelta(hours=1)
        services.disable_bank(
            bank_id=bank.id, until=until, reason=acts.WORDS, actor=acts.senior(), at=clock.now()
        )
        assert self.asked().exit_code == 0

    def test_an_index_that_is_not_fresh_is_no_all_clear(
        self, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.filled()
        # A file where the folder of the indexes should be: nothing can be built.
        (data_dir / "indexes").write_text("in the way")
        monkeypatch.setattr(asking, "WAIT_SECONDS", 0.0)
        done = self.asked()
        assert done.exit_code == 2, done.stdout
        assert done.stdout.startswith("unknown  sha256:")
        again = self.asked("--json")
        assert json.loads(again.stdout)["results"][0]["answer"] == "unknown"

    def test_a_signal_whose_row_is_gone_is_passed_over(
        self, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.filled()
        monkeypatch.setattr("entente.apps.banks.queries.signals_facts", lambda _ids: {})
        index = IndexHub(data_dir / "indexes", in_background=False)
        question = asking.of_signal(f"sha256:{acts.value('one').hex()}")
        assert index.wait(30)
        assert asking.ask_instance(index)(question) == []
        index.stop()
