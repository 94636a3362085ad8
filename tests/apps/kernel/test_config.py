"""Configuration: safe defaults, all errors at once, hats that may not meet."""

from pathlib import Path

import pytest

from entente.apps.kernel.config import ConfigError, load


def write(folder: Path, text: str) -> Path:
    (folder / "entente.toml").write_text(text, encoding="utf-8")
    return folder


def test_nothing_at_all_is_a_safe_small_host(tmp_path: Path) -> None:
    config = load(tmp_path, {})
    assert config.hats == {"platform"}
    assert not config.demo
    assert config.platform.kind == "manual"
    assert config.server.host == "127.0.0.1"


def test_the_environment_is_stronger_than_the_file(tmp_path: Path) -> None:
    write(tmp_path, 'instance_name = "File"\n[server]\nport = 1\n')
    config = load(
        tmp_path,
        {
            "ENTENTE_INSTANCE_NAME": "World",
            "ENTENTE_SERVER__PORT": "9",
            "ENTENTE_HATS": "platform,partner",
            "OTHER": "x",
        },
    )
    assert (config.instance_name, config.server.port, config.hats) == (
        "World",
        9,
        frozenset({"platform", "partner"}),
    )


def test_every_error_is_named_at_once(tmp_path: Path) -> None:
    write(tmp_path, 'unknown = 1\nlog_level = "LOUD"\n[server]\nport = 99999\n')
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, {})
    for name in ("unknown", "log_level", "server.port"):
        assert name in str(refused.value)


def test_errors_between_settings_are_named_beside_those_within_one(tmp_path: Path) -> None:
    write(
        tmp_path,
        'hats = ["authority", "platform"]\nzone = "Nowhere/X"\ndatabase_url = "mysql://x/y"\nbase_url = "nonsense"\n'
        'oidc_client_id = "x"\n[server]\nport = 99999\n[mail]\nsender = "nobody"\n'
        '[platform]\nkind = "webhook"\ntimeout_seconds = 900\n',
    )
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, {})
    for name in (
        "hats: an authority",
        "zone: ",
        "database_url: ",
        "base_url: ",
        "oidc_client_id: means nothing",
        "server.port: ",
        "mail.sender: ",
        "platform.timeout_seconds: ",
        "platform: Value error, the webhook adapter needs",
    ):
        assert str(refused.value).count(f" {name}") == 1, name


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("base_url", "https://agora.example/entente"),
        ("base_url", "https://agora.example:99999"),
        ("base_url", "ftp://agora.example"),
        ("database_url", "postgresql://entente@db.example:5432/"),
        ("database_url", "postgresql://entente@db.example:port/entente"),
        ("zone", "/etc/passwd"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_at_once(tmp_path: Path, setting: str, value: str) -> None:
    write(tmp_path, f'{setting} = "{value}"\n')
    with pytest.raises(ConfigError, match=setting):
        load(tmp_path, {})


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("platform", 'platform = "webhook"'),
        ("hats", 'hats = ["platform", "police"]'),
        ("mail.sender", "[mail]\nsender = 7"),
        ("mail.host", "[mail.host]\nname = 1"),
    ],
)
def test_a_setting_of_another_shape_is_named_and_the_rest_still_read(
    tmp_path: Path, name: str, values: str
) -> None:
    write(tmp_path, f'zone = "Nowhere/X"\n{values}\n')
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, {})
    assert "zone: " in str(refused.value)
    assert name in str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["", "sqlite:////var/lib/entente/entente.sqlite3", "postgresql://entente:x@db.example:5432/entente"],
)
def test_the_two_databases_are_taken(tmp_path: Path, url: str) -> None:
    assert load(tmp_path, {"ENTENTE_DATABASE_URL": url}).database_url == url


def test_the_old_name_of_a_split_setting_is_refused_with_the_new_ones(tmp_path: Path) -> None:
    write(tmp_path, '[server]\ntrusted_proxy_header = "X-Forwarded-For"\n')
    with pytest.raises(ConfigError, match=r"server: .*forwarded_proto_header .*client_address_header"):
        load(tmp_path, {})
    with pytest.raises(ConfigError, match="forwarded_proto_header"):
        load(tmp_path / "nothing", {"ENTENTE_SERVER__TRUSTED_PROXY_HEADER": "X-Real-IP"})


@pytest.mark.parametrize("name", ["X_Forwarded_For", "X-Forwarded-For:", "-", "X Real IP"])
def test_a_header_has_a_name_a_header_can_have(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"server\.client_address_header"):
        load(tmp_path, {"ENTENTE_SERVER__CLIENT_ADDRESS_HEADER": name})


def test_broken_toml_is_named_with_its_file(tmp_path: Path) -> None:
    write(tmp_path, "hats = [")
    with pytest.raises(ConfigError, match=r"entente\.toml"):
        load(tmp_path, {})


@pytest.mark.parametrize(
    "hats",
    [
        "authority,platform",
        "authority,partner",
        "authority,access_provider",
        "authority,overseer",
        "overseer,platform",
    ],
)
def test_hats_that_watch_each_other_do_not_share_an_instance(tmp_path: Path, hats: str) -> None:
    with pytest.raises(ConfigError, match="hats"):
        load(tmp_path, {"ENTENTE_HATS": hats})
    assert load(tmp_path, {"ENTENTE_HATS": hats, "ENTENTE_DEMO": "true"}).demo


def test_addresses_are_overridden_in_an_exercise_only(tmp_path: Path) -> None:
    write(tmp_path, '[resolve]\n"agora.example" = "127.0.0.1:1"\n')
    with pytest.raises(ConfigError, match="resolve"):
        load(tmp_path, {})


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('zone = "Mars/Base"\n', "zone"),
        ('[platform]\nkind = "webhook"\n', "platform"),
        ('oidc_client_id = "x"\n', "oidc_client_id: means nothing without oidc_server"),
        ('oidc_server = "https://x.example"\n', "oidc_client_id: is needed.*; oidc_client_secret: is needed"),
        ('oidc_server = "http://x.example"\n', "oidc_server: must begin with https"),
    ],
)
def test_what_cannot_work_is_refused(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        load(write(tmp_path, text), {})


def test_secrets_do_not_show(tmp_path: Path) -> None:
    write(
        tmp_path,
        '[platform]\nkind = "webhook"\nwebhook_url = "https://x.example"\nwebhook_secret = "whsec_hidden"\n',
    )
    assert "whsec_hidden" not in repr(load(tmp_path, {}))
