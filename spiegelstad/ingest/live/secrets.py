"""What the environment says about brokers and senders: names of users, passwords and secrets."""

from __future__ import annotations

import os

from spiegelstad.base.errors import Conflict


class SecretMissing(Conflict):
    """A definition names a secret that the environment doesn't hold."""

    title = "A secret is missing"


def credentials(name: str) -> tuple[str, str]:
    """Return the user and the password of SPIEGELSTAD_MQTT_<NAME>_USER and …_PASSWORD; raises SecretMissing."""
    prefix = f"SPIEGELSTAD_MQTT_{_setting(name)}"
    return _text(f"{prefix}_USER"), _text(f"{prefix}_PASSWORD")


def secret(name: str) -> str:
    """Return SPIEGELSTAD_SECRET_<NAME>; raises SecretMissing."""
    return _text(f"SPIEGELSTAD_SECRET_{_setting(name)}")


def _setting(name: str) -> str:
    return name.upper().replace("-", "_")


def _text(variable: str) -> str:
    if not (found := os.environ.get(variable, "")):
        raise SecretMissing(f"The setting {variable} is empty.", remedy="Set it where the program is started.")
    return found
