"""Which signal types there are; what a broken third party may not do."""

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from entente.core.signals.files import Sha256
from entente.core.signals.registry import BUILT_IN, ENTRY_POINT_GROUP, SignalTypes, signal_types
from entente.core.signals.signal_type import SignalType
from tests.core.signals.contract import SignalTypeContract
from tests.core.signals.third_parties import Sound

HERE = "tests.core.signals.third_parties"


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, ENTRY_POINT_GROUP)


class TestSound(SignalTypeContract):
    kind = Sound()


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_type_is_there_under_its_name(name: str) -> None:
    kind = signal_types()[name]
    assert isinstance(kind, SignalType)
    assert kind.name == name
    assert signal_types()[name] is kind


def test_it_is_a_mapping_of_all_of_them() -> None:
    types = SignalTypes([point("sound", f"{HERE}:Sound")])
    assert list(types) == [*BUILT_IN, "sound"]
    assert len(types) == len(BUILT_IN) + 1
    assert "sound" in types
    assert "sha256" in types
    assert "unknown" not in types
    assert isinstance(types["sound"], Sound)
    assert isinstance(types["sha256"], Sha256)
    assert types.problems == ()
    with pytest.raises(KeyError):
        types["unknown"]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("missing", "no_such_package.hashes:Missing", "ModuleNotFoundError"),
        ("missing", f"{HERE}:Missing", "AttributeError"),
        ("failing", f"{HERE}:Failing", "no licence"),
        ("object", f"{HERE}:not_a_class", "not a class that inherits SignalType"),
        ("medium", f"{HERE}:Medium", "not a class that inherits SignalType"),
        ("abstract", f"{HERE}:Abstract", "does not define distance"),
        ("silent", f"{HERE}:Silent", "does not state title, media, examples"),
        ("other", f"{HERE}:Sound", "named 'sound'"),
        ("sha256", f"{HERE}:Sound", "built-in"),
    ],
)
def test_a_broken_third_party_is_reported_and_the_others_work(name: str, value: str, reason: str) -> None:
    types = SignalTypes([point(name, value), point("sound", f"{HERE}:Sound")])
    (problem,) = types.problems
    assert problem.entry_point == f"{name} = {value}"
    assert reason in problem.reason
    assert isinstance(types["sound"], Sound)
    assert isinstance(types["sha256"], Sha256)
    assert set(types) == {*BUILT_IN, "sound"}


def test_of_two_that_take_one_name_neither_is_used() -> None:
    types = SignalTypes([point("sound", f"{HERE}:Sound"), point("sound", f"{HERE}:Failing")])
    assert "sound" not in types
    assert [problem.reason for problem in types.problems] == ["2 packages add a type of this name"] * 2


def test_asking_for_a_file_hash_loads_no_slow_library() -> None:
    program = (
        "import sys; from entente.core.signals.registry import signal_types;"
        "signal_types()['sha256'].parse('00' * 32);"
        "print(sorted({'numba', 'av', 'numpy', 'PIL', 'django', 'ahocorasick_rs', 'publicsuffixlist'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
