"""Django's description of the room."""

from django.apps import AppConfig


class Web(AppConfig):
    """The room web."""

    name = "spiegelstad.web"
    label = "web"
