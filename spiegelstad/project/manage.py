"""Django's own commands, for those who build: `python -m spiegelstad.project.manage makemigrations`."""

import os
import sys


def main(arguments: list[str] | None = None) -> None:
    """Run a Django command, with the database running."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    from spiegelstad.base import postgres  # noqa: PLC0415

    with postgres.running(settings.VAR):
        execute_from_command_line(arguments or sys.argv)


if __name__ == "__main__":
    main()
