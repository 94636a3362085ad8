"""Banks in folders: what stands in a list is found, exactly, whatever its type, its size and its bad lines."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from entente.cli.recognising.bank_folders import BankFacts, BankFolder, BankFolderUnusable, Listed, Met
from entente.cli.recognising.bank_sources import (
    UnknownFormatName,
    format_of,
    format_to_write,
    source_of_file,
)
from entente.core.exchange.errors import FormatUnreadable
from entente.core.exchange.formats import by_name
from entente.core.signals.registry import signal_types
from entente.core.signals.vpdq.signal import pack
from entente.core.signals.vpdq.values import Frame
from tests.cli.recognising.runs import line, listed

FACTS = BankFacts("Example", "sha256:00")
ONE, OTHER = bytes(32), bytes([255]) * 32


def made(folder: Path, *signals: Listed, facts: BankFacts = FACTS) -> BankFolder:
    return BankFolder.make(folder / "bank", facts, signals)


def test_each_type_is_found_in_its_own_way(tmp_path: Path) -> None:
    film = pack([Frame(0.0, ONE, 100), Frame(1.0, OTHER, 100)])
    bank = made(
        tmp_path,
        Listed("pdq", ONE, labels=("graphic", "film"), entity="Example", reference="17", signal_id=4),
        Listed("sha256", OTHER),
        Listed("url", b"https://videos.example/watch?v=1"),
        Listed("vpdq", film),
        Listed("keyword", signal_types()["keyword"].parse("example word")),
    )
    assert len(bank) == 5
    assert bank.search("pdq", [OTHER, bytes(31) + b"\x03"]) == [Met(1, 0, 2)]
    assert bank.search("sha256", [OTHER]) == [Met(0, 1, 0)]
    assert bank.search("url", [b"https://videos.example/watch?v=1"]) == [Met(0, 2, 0)]
    assert bank.search("vpdq", [film]) == [Met(0, 3, 0)]
    assert bank.search("keyword", [b"example word"]) == [Met(0, 4, 0)]
    assert bank.search("md5", [bytes(16)]) == []
    assert bank.search("pdq", []) == []
    assert bank.entry(0) == Listed("pdq", ONE, ("graphic", "film"), "Example", "17", 4)
    assert bank.entry(1) == Listed("sha256", OTHER)


def test_many_are_joined_as_brute_force_finds_them(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    hashes = random.integers(0, 256, (9_000, 32), np.uint8)
    queries = hashes[::3].copy()
    queries[:, 0] ^= 7
    bank = made(tmp_path, *(Listed("pdq", one.tobytes()) for one in hashes))
    found = bank.search("pdq", [one.tobytes() for one in queries])
    assert found == [Met(number, 3 * number, 3) for number in range(3_000)]


def test_a_bank_has_its_own_radius(tmp_path: Path) -> None:
    near = bytes(31) + b"\x07"
    assert made(tmp_path, Listed("pdq", near)).search("pdq", [ONE]) == [Met(0, 0, 3)]
    narrow = made(tmp_path, Listed("pdq", near), facts=BankFacts("Narrow", "x", radii={"pdq": 2}))
    assert narrow.search("pdq", [ONE]) == []
    assert narrow.radius("sha256") == 0


def test_a_retraction_takes_back_what_stands_before_it(tmp_path: Path) -> None:
    bank = made(
        tmp_path,
        Listed("sha256", ONE, reference="17"),
        Listed("sha256", OTHER, reference="18"),
        Listed("sha256", ONE, is_retracted=True),
        Listed("", b"", reference="18", is_retracted=True),
        Listed("sha256", OTHER, reference="18"),
    )
    assert len(bank) == 1
    assert bank.search("sha256", [ONE, OTHER]) == [Met(1, 2, 0)]


def test_a_bank_of_nothing_is_a_bank(tmp_path: Path) -> None:
    bank = made(tmp_path)
    assert len(bank) == 0
    assert bank.search("pdq", [ONE]) == []
    taken_back = made(tmp_path, Listed("pdq", ONE), Listed("pdq", ONE, is_retracted=True))
    assert (len(taken_back), taken_back.search("pdq", [ONE])) == (0, [])


@pytest.mark.parametrize("spoilt", ["cut", "gone", "version", "no bank"])
def test_a_folder_that_is_not_whole_is_refused(tmp_path: Path, spoilt: str) -> None:
    made(tmp_path, Listed("pdq", ONE))
    folder = tmp_path / "bank"
    (segment,) = (folder / "pdq").glob("*.segment")
    if spoilt == "cut":
        segment.write_bytes(segment.read_bytes()[:5000])
    elif spoilt == "gone":
        shutil.rmtree(folder / "pdq")
    elif spoilt == "version":
        about = folder / "bank.json"
        about.write_text(about.read_text().replace('"version": 1', '"version": 0'))
    else:
        (folder / "bank.json").write_text("[]")
    with pytest.raises(BankFolderUnusable):
        BankFolder(folder)


def test_a_list_in_a_file_is_read_with_its_bad_lines_told(tmp_path: Path) -> None:
    path = listed(
        tmp_path / "list.csv",
        line("pdq", "00" * 32, labels="graphic;film"),
        *(line("pdq", "00" * 31) for _ in range(5)),
        line("sha256", "ff" * 32, retracted="true"),
    )
    source = source_of_file(path, radii={"pdq": 8})
    assert list(source.listed()) == [
        Listed("pdq", ONE, ("graphic", "film")),
        Listed("sha256", OTHER, is_retracted=True),
    ]
    assert (source.bad.count, [bad.line for bad in source.bad.first]) == (5, [3, 4, 5])
    assert (source.facts.name, source.facts.radii) == ("list.csv", {"pdq": 8})
    assert source.facts.origin.startswith("sha256:")


def test_a_list_that_cannot_be_followed_is_an_error(tmp_path: Path) -> None:
    source = source_of_file(tmp_path / "list.csv") if (tmp_path / "list.csv").write_text("a,b\n") else None
    assert source is not None
    with pytest.raises(FormatUnreadable):
        list(source.listed())


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("list.csv", "", "csv"),
        ("list.jsonl", "", "peers_json"),
        ("LIST.MISP.JSON", "", "misp"),
        ("list.stix.json", "", "stix"),
        ("list.json", '{"type": "bundle"}', "stix"),
        ("list.json", '{"Event": {}}', "misp"),
        ("list.json", '\n[{"pdq": ""}]', "peers_json"),
        ("list.txt", "signal_type,value", "csv"),
    ],
)
def test_the_format_is_said_by_the_name_or_by_the_beginning(
    tmp_path: Path, name: str, content: str, found: str
) -> None:
    (tmp_path / name).write_text(content)
    assert format_of(tmp_path / name).name == found


def test_a_format_can_be_named(tmp_path: Path) -> None:
    assert format_of(tmp_path / "x", "json") == by_name("peers_json")
    assert format_to_write(tmp_path / "x", "misp") == by_name("misp")
    assert format_to_write(tmp_path / "x.csv") == by_name("csv")
    with pytest.raises(UnknownFormatName, match="csv, json, stix, misp"):
        format_of(tmp_path / "x", "xml")
    with pytest.raises(UnknownFormatName, match="csv, json, stix, misp"):
        format_to_write(tmp_path / "x")
