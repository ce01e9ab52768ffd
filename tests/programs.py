"""Programs of their own on the tests' database, to be killed."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.db import connection

PROJECT = Path(__file__).resolve().parents[1]


def start_python(*arguments: str, env: dict[str, str] | None = None, **more: Any) -> "subprocess.Popen[str]":
    """Run Python with these arguments on the tests' database; `env` comes on top of ours, `more` goes to Popen."""
    settings = connection.settings_dict
    url = f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['HOST'].replace('/', '%2F')}"
    environment = {
        **os.environ,
        "SPIEGELSTAD_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "spiegelstad.project.settings",
        "PYTHONPATH": str(PROJECT),
        **(env or {}),
    }
    return subprocess.Popen([sys.executable, *arguments], env=environment, **more)
