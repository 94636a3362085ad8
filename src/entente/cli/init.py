"""`entente init`: make a data directory from nothing. Safe to repeat: what is there stays.

Order matters: the directory closed to others first, then keys, then the configuration, then the database.
"""

import os
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from entente.cli import kernels
from entente.cli.output import answer_json, fail, say
from entente.cli.surroundings import DataOption, JsonOption, read_config, start_django, use_data_dir
from entente.cli.upgrade import bring_up_to_date

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
FOLDERS = ("tmp",)
CONFIGURATION = "entente.toml"


@dataclass
class Made:
    """What `initialise` did: key files, whether the configuration is new, the first administrator's link."""

    folder: Path
    keys: list[Path] = field(default_factory=list)
    configuration_is_new: bool = False
    link: str = ""


def command(
    data: DataOption = None,
    base_url: Annotated[str, typer.Option(help="The address people will use.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Make a data directory: keys, configuration, database, and a one-time link for the first administrator."""
    from entente.apps.kernel.config import ConfigError

    folder = use_data_dir(data)
    try:
        made = initialise(folder, base_url=base_url)
        kernels.fill(folder, anew=False)
    except (ConfigError, OSError) as error:
        raise fail(str(error), as_json=as_json) from None
    if as_json:
        answer_json(
            {"data_dir": folder, "keys": [path.name for path in made.keys], "first_administrator": made.link}
        )
        return
    say(
        f"Data directory [bold]{folder}[/bold] is ready; only you can read it. Back it up, its keys most of all."
    )
    say(f"Configuration: {folder / CONFIGURATION}")
    if made.link:
        say("\nThe first administrator opens this link once, within 24 hours (entente init makes a new one):")
        say(f"  [bold]{made.link}[/bold]")
    say("\nNext: entente serve")


def initialise(folder: Path, *, base_url: str = "") -> Made:
    """Make what is missing in `folder` and bring its database up to date.

    Call after `use_data_dir(folder)`. Raises ConfigError when an existing configuration is wrong.
    """
    from entente.apps.kernel import keys

    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    folder.chmod(PRIVATE_FOLDER)
    for name in FOLDERS:
        (folder / name).mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    made = Made(folder)
    made.configuration_is_new = write_configuration(folder, base_url=base_url)
    read_config(folder)
    made.keys = keys.create(folder)
    start_django()
    bring_up_to_date()
    made.link = _first_administrator_link()
    return made


def write_configuration(folder: Path, *, base_url: str = "") -> bool:
    """Write the commented configuration unless there is one; return whether it was written."""
    text = resources.files("entente.cli").joinpath("configuration.toml").read_text(encoding="utf-8")
    if base_url:
        text = text.replace('#base_url = "http://127.0.0.1:8700"', f'base_url = "{base_url.rstrip("/")}"')
    try:
        handle = os.open(folder / CONFIGURATION, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return True


def _first_administrator_link() -> str:
    """Return the one-time link, or nothing when there is an administrator already."""
    from django.urls import reverse

    from entente.apps.kernel import clock
    from entente.apps.kernel.config import config
    from entente.apps.parties import services
    from entente.apps.parties.errors import AdministratorExists

    try:
        token = services.create_first_administrator_link(at=clock.now())
    except AdministratorExists:
        return ""
    return config().base_url.rstrip("/") + reverse("accounts:invitation_link", args=[token])
