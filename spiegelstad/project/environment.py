"""Environment variables, read once, checked at the start: a wrong value stops the program and says what to do."""

import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit


class WrongSetting(SystemExit):
    """A setting is missing or wrong; ends the program with a clear line."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"spiegelstad: {name}: {problem}")


def text(name: str, default: str = "") -> str:
    """Return the variable `SPIEGELSTAD_<name>`."""
    return os.environ.get(f"SPIEGELSTAD_{name}", default)


def flag(name: str, default: bool = False) -> bool:
    """Return a yes-or-no variable: 1 or 0."""
    value = text(name, "1" if default else "0")
    if value not in {"0", "1"}:
        raise WrongSetting(f"SPIEGELSTAD_{name}", f"is {value!r}; write 1 or 0")
    return value == "1"


def number(name: str, default: int, minimum: int, maximum: int) -> int:
    """Return a whole number between two bounds."""
    value = text(name, str(default))
    if not value.isdigit() or not minimum <= int(value) <= maximum:
        raise WrongSetting(f"SPIEGELSTAD_{name}", f"is {value!r}; write a number from {minimum} to {maximum}")
    return int(value)


def names(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def brokers(name: str) -> dict[str, str]:
    """Return the address of an MQTT broker by city: `gent=mqtts://user:password@host:8883/prefix`, with commas."""
    found = by_city(name)
    for url in map(urlsplit, found.values()):
        if url.scheme not in {"mqtt", "mqtts"} or not url.hostname:
            raise WrongSetting(f"SPIEGELSTAD_{name}", "write city=mqtts://user:password@host, with commas for more")
    return found


def by_city(name: str) -> dict[str, str]:
    """Return a text by city: `gent=text`, with commas."""
    pairs = [part.partition("=") for part in names(name)]
    if not all(city and given for city, _, given in pairs):
        raise WrongSetting(f"SPIEGELSTAD_{name}", "write city=…, with commas for more")
    return {city: given for city, _, given in pairs}


def folder(name: str, default: Path) -> Path:
    """Return a folder as an absolute path."""
    return Path(text(name) or default).expanduser().resolve()


def mail() -> dict[str, object]:
    """Return Django's mail settings: by SMTP to the server in `EMAIL_URL`, else onto the terminal."""
    url = urlsplit(text("EMAIL_URL"))
    if not url.geturl():
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if url.scheme not in {"smtp", "smtps"} or not url.hostname:
        raise WrongSetting("SPIEGELSTAD_EMAIL_URL", "write smtp://user:password@host:587 or smtps://…")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": url.port or (465 if url.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_USE_TLS": url.scheme == "smtp",
        "EMAIL_TIMEOUT": 20,
    }


def secret_key(var: Path) -> str:
    """Return the signing key: made at the first start into `var`, readable by its owner only."""
    path = var / "secret-key"
    if not path.exists():
        var.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{secrets.token_hex(8)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        try:
            os.link(fresh, path)  # the first of several starting processes wins; the others read its key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text()


def setup() -> None:
    """Load Django and all rooms; the database is not touched."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    import django  # noqa: PLC0415  slow, and not everything needs it

    django.setup()
