"""Ask Django what it thinks of the house: no missing migration, and a safe deployment.

The deployment is checked as an operator would run it: an https address, keys made by `entente init`, the
settings of production. Warnings count.
"""

import os
import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Run both checks; return 0 when there is nothing to say."""
    with tempfile.TemporaryDirectory(prefix="entente-checks-") as name:
        os.environ.update(
            ENTENTE_DATA_DIR=name,
            ENTENTE_BASE_URL="https://entente.example",
            DJANGO_SETTINGS_MODULE="entente.settings.production",
        )
        from entente.apps.kernel import keys

        keys.create(Path(name))
        (Path(name) / "tmp").mkdir()

        import django
        from django.core.management import call_command
        from django.core.management.base import CommandError

        django.setup()
        try:
            call_command("makemigrations", check=True, dry_run=True)
            call_command("check", deploy=True, fail_level="WARNING")
        except CommandError as problem:
            print(problem, file=sys.stderr)
            return 1
        except SystemExit as left:
            print("A model has changed without a migration: run make migrations.", file=sys.stderr)
            return int(left.code or 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
