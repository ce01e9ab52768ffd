"""The WSGI application that Granian serves."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
django.setup(set_prefix=False)

from spiegelstad.project.machines import Handler  # noqa: E402  it needs what setup loads

application = Handler()
