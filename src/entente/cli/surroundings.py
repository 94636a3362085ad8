"""Where a command works: the data directory, its configuration, Django when it is needed.

Nothing heavy is imported at the top, so that a command starts at once.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from entente.cli import kernels

if TYPE_CHECKING:
    from entente.apps.kernel.config import Config

DATA_DIR_VARIABLE = "ENTENTE_DATA_DIR"
SETTINGS_MODULE = "entente.settings.production"
PRIVATE_UMASK = 0o077

DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="The data directory.", envvar=DATA_DIR_VARIABLE, show_default="./var/data"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer for a machine.")]


def use_data_dir(data: Path | None) -> Path:
    """Make `data` (or the default) the data directory of this process and of those it starts.

    What we write there from now on can be read by the service user only.
    """
    folder = (data or Path.cwd() / "var" / "data").absolute()
    os.environ[DATA_DIR_VARIABLE] = str(folder)
    kernels.use_folder(folder)
    os.umask(PRIVATE_UMASK)
    return folder


def read_config(folder: Path) -> "Config":
    """Return the configuration of `folder`. Raises ConfigError with every error at once."""
    from entente.apps.kernel.config import load

    return load(folder)


def start_django() -> None:
    """Load the settings and the apps; call after `use_data_dir`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS_MODULE)
    # httpx loads its command line too, where it can: 0.2 s of a start, for what nobody calls here.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None: an import fails, which httpx expects
    import django

    django.setup()
