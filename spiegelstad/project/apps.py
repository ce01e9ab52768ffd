"""Start of the program: joins events to handlers once all rooms are loaded."""

from django.apps import AppConfig


class Project(AppConfig):
    """The last application: when it is ready, all rooms are."""

    name = "spiegelstad.project"

    def ready(self) -> None:
        """Do the wiring."""
        from spiegelstad.project import wiring  # noqa: PLC0415  rooms can be imported only now

        wiring.connect()
