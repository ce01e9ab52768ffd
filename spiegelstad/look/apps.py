"""Registers the design system with Django (templates, static files, tags, translations)."""

from django.apps import AppConfig


class LookConfig(AppConfig):
    """The app `look`."""

    name = "spiegelstad.look"
    label = "look"
