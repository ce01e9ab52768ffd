"""The reference that is generated: `python -m spiegelstad.project.reference` writes docs/reference/{commands,http}.md.

A test compares what is committed with what would be written.
"""

import inspect
from collections.abc import Iterator
from pathlib import Path

import click
from django.urls import URLPattern, URLResolver, get_resolver

from spiegelstad.project import cli

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"
OURS = "spiegelstad."


def commands() -> str:
    """Return the page about the command line: the help of every command."""
    cli.setup()
    parts = [
        "# Commands",
        "",
        "Every command, as `--help` shows it. Exit codes: 0 done, 1 a problem was found or work failed, 2 wrong use.",
    ]
    for path, command in _walk(cli.cli, ("spiegelstad",)):
        context = click.Context(command, info_name=" ".join(path), max_content_width=100, terminal_width=100)
        parts += ["", f"## {' '.join(path)}", "", "```text", command.get_help(context), "```"]
    return "\n".join(parts) + "\n"


def _walk(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                yield from _walk(child, (*path, name))


def addresses() -> list[tuple[str, str, str]]:
    """Return (address, room, first line of the docstring) for every address of our own."""
    cli.setup()
    found = []
    for pattern, prefix in _patterns(get_resolver().url_patterns, ""):
        view = inspect.unwrap(getattr(pattern.callback, "view_class", pattern.callback))
        if view.__module__.startswith(OURS):
            says = (inspect.getdoc(view) or "").split("\n")[0]
            found.append((f"/{prefix}{pattern.pattern}", view.__module__.split(".")[1], says))
    return found


def _patterns(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[tuple[URLPattern, str]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, f"{prefix}{pattern.pattern}")
        else:
            yield pattern, prefix


HTTP_INTRODUCTION = """# HTTP

Addresses for people and machines. Those under `/api/` take an API key as `Authorization: Bearer <key>` and never a
session; reading what is public needs no key. Errors are problem details (RFC 9457) with a `remedy` where there is one:

```json
{"type": "urn:spiegelstad:problem:unknown-key", "status": 401, "detail": "This API key is not valid."}
```

Each answer has an `X-Request-ID`, which is in our logs too. Sign-in and second factors are under `/accounts/`.

| Address | Room | What it is |
|---|---|---|
"""


def http() -> str:
    """Return the page about addresses."""
    rows = [f"| `{address}` | {room} | {says.replace('|', '/')} |" for address, room, says in sorted(addresses())]
    return HTTP_INTRODUCTION + "\n".join(rows) + "\n"


PAGES = {"commands.md": commands, "http.md": http}


def main() -> None:
    """Write the pages."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
