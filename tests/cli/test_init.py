"""`entente init`, `entente upgrade` and the configuration they write."""

import json
import re
import shutil
import stat
import tomllib
from importlib import resources
from pathlib import Path

from django.urls import reverse

from entente.apps.kernel.config import Config, load
from entente.cli.init import write_configuration
from tests.cli.trees import entente


def test_the_data_directory_is_closed_to_others(made: tuple[Path, dict[str, str]]) -> None:
    folder, _ = made
    for path in (folder, *folder.iterdir(), *(folder / "keys").iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_the_first_administrator_gets_a_link_that_is_said_once(made: tuple[Path, dict[str, str]]) -> None:
    folder, said = made
    assert said["first_administrator"].startswith("http://127.0.0.1:8700/")
    token = said["first_administrator"].rstrip("/").rpartition("/")[2]
    assert len(token) >= 32
    assert token.encode() not in (folder / "entente.sqlite3").read_bytes()


def test_init_again_keeps_keys_and_configuration(instance: Path) -> None:
    (instance / "entente.toml").write_text('instance_name = "Kept"\n')
    before = {path.name: path.read_bytes() for path in (instance / "keys").iterdir()}
    done = entente("init", "--data", str(instance), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["keys"] == []
    assert before == {path.name: path.read_bytes() for path in (instance / "keys").iterdir()}
    assert load(instance, {}).instance_name == "Kept"


CONFIGURATION = resources.files("entente.cli").joinpath("configuration.toml").read_text(encoding="utf-8")


def test_the_written_configuration_names_every_setting_with_its_default(tmp_path: Path) -> None:
    active = re.sub(r"(?m)^#(?=\w+ = )", "", CONFIGURATION)
    (tmp_path / "entente.toml").write_text(active)
    assert load(tmp_path, {}) == Config(data_dir=tmp_path)
    written = tomllib.loads(active)
    assert set(written) == set(Config.model_fields) - {"data_dir"}
    for name, field in Config.model_fields.items():
        inner = getattr(field.annotation, "model_fields", None)
        if inner is not None:
            assert set(written[name]) == set(inner), name


def test_the_example_of_single_sign_on_is_one_that_works(tmp_path: Path) -> None:
    example = re.findall(r"(?m)^#   (oidc_\w+ = \"[^\"]*\")", CONFIGURATION)
    (tmp_path / "entente.toml").write_text("\n".join(example))
    made = load(tmp_path, {})
    said = {line.partition(" ")[0] for line in example}
    assert said == {name for name in Config.model_fields if name.startswith("oidc_")}
    assert made.oidc_server.startswith("https://")
    assert made.oidc_client_secret.get_secret_value()


def test_the_address_to_return_to_is_the_one_that_is_written_down() -> None:
    said = re.search(r"<base_url>(\S+)", CONFIGURATION)
    assert said is not None
    assert said[1] == reverse("openid_connect_callback", args=["directory"])


def test_the_address_given_to_init_is_the_one_that_is_set(tmp_path: Path) -> None:
    assert write_configuration(tmp_path, base_url="https://entente.example/")
    assert load(tmp_path, {}).base_url == "https://entente.example"
    assert not write_configuration(tmp_path, base_url="https://other.example")
    assert load(tmp_path, {}).base_url == "https://entente.example"


def test_upgrade_applies_what_is_missing_and_can_be_repeated(instance: Path) -> None:
    (instance / "entente.sqlite3").unlink()
    shutil.rmtree(instance / "static")
    first = entente("upgrade", "--data", str(instance), "--json")
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["migrations"]
    again = entente("upgrade", "--data", str(instance), "--json")
    assert json.loads(again.stdout)["migrations"] == []
    assert (instance / "static" / "staticfiles.json").exists()


def test_upgrade_refuses_a_directory_without_keys(instance: Path) -> None:
    shutil.rmtree(instance / "keys")
    done = entente("upgrade", "--data", str(instance))
    assert done.returncode == 2
    assert "instance.key, vault.key, secret.key" in done.stderr
