"""What must be right before the program serves: tables and static files. ``python -m spiegelstad.project.preparation``.

Quick when there is nothing to do: every start does it.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import django


def main() -> None:
    """Bring tables and static files up to date."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    django.setup()
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)
    collect_static_files(settings.STATIC_ROOT)


def collect_static_files(folder: Path) -> bool:
    """Collect, hash and compress the static files when any has changed since the last time; returns whether."""
    from django.core.management import call_command  # noqa: PLC0415

    mark = folder / ".collected"
    print_now = _fingerprint()
    if mark.exists() and mark.read_text() == print_now:
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    mark.write_text(print_now)
    return True


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for line in sorted(_static_files()):
        digest.update(line.encode())
    return digest.hexdigest()


def _static_files() -> Iterator[str]:
    from django.contrib.staticfiles.finders import get_finders  # noqa: PLC0415

    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            yield f"{path} {found.st_size} {found.st_mtime_ns}"


if __name__ == "__main__":
    main()
