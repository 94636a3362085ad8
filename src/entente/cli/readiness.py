"""What must be true before an instance may serve, as a list of sentences that say what to do.

Two halves: what can be seen without Django (configuration, keys), and what needs it (database, migrations, static
files) or is shared by everybody forked afterwards (law data). Each half reports everything it finds, not only the
first thing.
"""

import stat
from pathlib import Path
from typing import TYPE_CHECKING

from entente.cli.surroundings import read_config

if TYPE_CHECKING:
    from entente.apps.kernel.config import Config

KEY_NAMES = ("instance.key", "vault.key", "secret.key")
_OTHERS = 0o077
_SHOWN = 5


def before_django(folder: Path) -> tuple["Config | None", list[str]]:
    """Return the configuration, if it can be read, and every problem of configuration and keys."""
    from entente.apps.kernel.config import ConfigError

    problems: list[str] = []
    config = None
    if not folder.is_dir():
        return None, [f"The data directory {folder} does not exist. Run: entente init --data {folder}"]
    try:
        config = read_config(folder)
    except ConfigError as error:
        problems.append(str(error))
    problems.extend(key_problems(folder))
    return config, problems


def key_problems(folder: Path) -> list[str]:
    """Name every key file that is missing or that others than the service user may read."""
    missing = [name for name in KEY_NAMES if not (folder / "keys" / name).exists()]
    problems = []
    if missing:
        problems.append(
            f"Keys are missing in {folder / 'keys'}: {', '.join(missing)}. "
            f"On a new instance run: entente init --data {folder}. Otherwise restore them from your backup; "
            "new keys would be a new identity."
        )
    problems += [
        f"Others may read {path}. Run: chmod go-rwx {path}"
        for path in (folder / "keys", *(folder / "keys" / name for name in KEY_NAMES))
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & _OTHERS
    ]
    return problems


def with_django() -> list[str]:
    """Name what stands between this instance and its first request; Django must be set up."""
    from django.db import DatabaseError, connections

    problems = law_problems()
    try:
        pending = unapplied_migrations()
    except DatabaseError as error:
        return [
            f"The database does not answer: {str(error).strip()}. Check database_url and that it runs.",
            *problems,
        ]
    finally:
        connections.close_all()
    if pending:
        shown = ", ".join(pending[:_SHOWN]) + (" ..." if len(pending) > _SHOWN else "")
        problems.append(f"{len(pending)} migrations are not applied ({shown}). Run: entente upgrade")
    if missing_static_files():
        problems.append("The static files have not been collected. Run: entente upgrade")
    return problems


def law_problems() -> list[str]:
    """Name every fault of the law data: no clock is started on damaged law. About 30 ms, and what is read is kept."""
    from entente.core.law.catalogue import check_law_data
    from entente.core.law.errors import LawDataError

    try:
        check_law_data()
    except LawDataError as error:
        return [
            f"Law data: {problem}. Correct the file, or install this version again."
            for problem in error.problems
        ]
    return []


def unapplied_migrations() -> list[str]:
    """Return the migrations on disk that the database has not seen.

    Compares names only: importing every migration would cost more than the rest of the start.
    """
    from django.apps import apps
    from django.conf import settings
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    applied = MigrationRecorder(connection).applied_migrations()
    overridden = getattr(settings, "MIGRATION_MODULES", {})
    return [
        f"{app.label}.{path.stem}"
        for app in apps.get_app_configs()
        if app.label not in overridden
        for path in sorted(Path(app.path, "migrations").glob("[0-9]*.py"))
        if (app.label, path.stem) not in applied
    ]


def missing_static_files() -> bool:
    """Say whether the manifest that names the static files is absent."""
    from django.conf import settings

    return not Path(settings.STATIC_ROOT, "staticfiles.json").exists()
