"""`entente hash`: the signals of files, and a clear outcome for whatever has none."""

import json
import os
from pathlib import Path

import pytest

from entente.cli.recognising.hashing import read_types
from entente.core.signals import files as digests
from tests.apps.content import media_samples as samples
from tests.apps.content.hashing_samples import picture
from tests.cli.recognising.runs import pdq_of, pictures, run
from tests.cli.trees import entente

TEXT = "The boats leave at seven and come back at nine; bring bread and water for all of us."


def test_one_line_for_each_signal(tmp_path: Path) -> None:
    (path,) = pictures(tmp_path, 1)
    done = run("hash", path)
    found = digests.digests(path.read_bytes())
    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"sha256:{found.sha256.hex()}  {path}",
        f"md5:{found.md5.hex()}  {path}",
        f"pdq:{pdq_of(path)}  {path}",
    ]


def test_every_file_has_its_outcome_and_a_bad_one_stops_nobody(tmp_path: Path) -> None:
    whole = picture("PNG")
    named = {
        "whole.png": whole,
        "cut.jpg": picture()[:400],
        "mislabelled.jpg": whole,
        "huge.png": samples.png_of(20_000, 20_000, b""),
        "text.txt": TEXT.encode(),
        "nothing.jpg": b"",
        "\x1b[2Jname\udcff.png": whole,
    }
    for name, content in named.items():
        (tmp_path / name).write_bytes(content)
    os.mkfifo(tmp_path / "pipe")
    paths = [tmp_path / name for name in (*named, "pipe", "gone.jpg")]
    done = run("hash", *paths, "--types", "pdq,text_exact", "--json")
    assert done.exit_code == 2
    said = dict(zip((*named, "pipe", "gone.jpg"), json.loads(done.stdout)["files"], strict=True))
    outcomes = {name: one["outcome"] for name, one in said.items()}
    assert outcomes == {
        "whole.png": "ok",
        "cut.jpg": "not_decodable",
        "mislabelled.jpg": "ok",
        "huge.png": "image_too_large",
        "text.txt": "ok",
        "nothing.jpg": "not_decodable",
        "\x1b[2Jname\udcff.png": "ok",
        "pipe": "not_a_file",
        "gone.jpg": "vanished",
    }
    assert "megapixels" in said["huge.png"]["message"] or "pixels" in said["huge.png"]["message"]
    assert said["mislabelled.jpg"]["notes"] == ["mislabelled"]
    hostile = said["\x1b[2Jname\udcff.png"]
    assert hostile["file"].endswith("/\\x1b[2Jname\\xff.png")
    assert bytes.fromhex(hostile["name_bytes"]).endswith(b"/\x1b[2Jname\xff.png")
    assert "name_bytes" not in said["whole.png"]


def test_a_person_reads_why_on_standard_error(tmp_path: Path) -> None:
    (tmp_path / "cut.jpg").write_bytes(picture()[:400])
    done = run("hash", tmp_path / "cut.jpg")
    assert done.exit_code == 2
    assert "cut.jpg: not_decodable (" in done.stderr
    assert done.stdout.startswith("sha256:"), "its bytes are known all the same"


@pytest.mark.long
def test_standard_input_is_a_file_too() -> None:
    done = run("hash", "-", "--types", "sha256", stdin=b"abc")
    assert done.exit_code == 0
    assert done.stdout.endswith("15ad  -\n")


@pytest.mark.long
def test_a_file_without_the_signal_that_was_asked_for_has_failed(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text(TEXT)
    done = run("hash", tmp_path / "text.txt", "--types", "pdq")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "unsupported" in done.stderr


def test_an_unknown_type_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    done = run("hash", "x", "--types", "pdq,sha3")
    assert done.exit_code == 2
    assert "sha3" in done.stderr
    assert "text_minhash" in done.stderr


def test_types_are_read_with_their_blanks() -> None:
    assert read_types(" pdq, md5 ,", ("sha256",)) == {"pdq", "md5"}
    assert read_types("", ("sha256",)) == {"sha256"}


def test_it_needs_no_instance(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    done = entente("hash", str(tmp_path / "file"), "--types", "md5")
    assert (done.returncode, done.stdout) == (
        0,
        f"md5:900150983cd24fb0d6963f7d28e17f72  {tmp_path / 'file'}\n",
    )
