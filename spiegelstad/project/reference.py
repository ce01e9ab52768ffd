"""The reference that is generated: `python -m spiegelstad.project.reference` writes pages of docs/reference.

A test compares what is committed with what would be written.
"""

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from django.urls import URLPattern, URLResolver, get_resolver
from pydantic import BaseModel

from spiegelstad.project import cli
from spiegelstad.project.environment import setup

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"
OURS = "spiegelstad."


def commands() -> str:
    """Return the page about the command line: the help of every command."""
    setup()
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
    setup()
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


def _keys(title: str, introduction: str, model: type[BaseModel]) -> str:
    """Return a page about the keys of a YAML file: a table for the file and for each of its parts."""
    schema = model.model_json_schema(by_alias=True, ref_template="{model}")
    parts = [f"# {title}", "", introduction]
    for name, part in {model.__name__: schema, **schema.get("$defs", {})}.items():
        if "properties" not in part:
            continue
        says = " ".join(part.get("description", "").split())
        heading = "The file" if part is schema else name
        parts += ["", f"## {heading}", "", says, "", "| Key | Value | Default | What it is |", "|---|---|---|---|"]
        required = set(part.get("required", ()))
        for key, field in part["properties"].items():
            default = "required" if key in required else _default(field)
            parts.append(f"| `{key}` | {_kind(field, schema)} | {default} | {field.get('description', '')} |")
    return "\n".join(parts) + "\n"


def _default(field: dict[str, Any]) -> str:
    value = field.get("default")
    return "–" if value in (None, "", [], {}) else f"`{json.dumps(value, ensure_ascii=False)}`"


def _kind(field: dict[str, Any], schema: dict[str, Any]) -> str:
    """Say in a few words what a value may be."""
    if "$ref" in field:
        target = schema["$defs"][field["$ref"]]
        return _kind(target, schema) if "enum" in target else f"[{field['$ref']}](#{field['$ref'].lower()})"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    for union in ("anyOf", "oneOf"):
        if union in field:
            kinds = [_kind(one, schema) for one in field[union] if one.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds))
    if field.get("type") == "array":
        return f"list of {_kind(field.get('items', {}), schema)}"
    if field.get("type") == "object":
        inner = field.get("additionalProperties") or next(iter(field.get("patternProperties", {}).values()), None)
        return f"by name: {_kind(inner, schema)}" if isinstance(inner, dict) else "by name"
    limits = [f"{sign} {field[key]}" for key, sign in _LIMITS.items() if key in field]
    return " ".join([field.get("format") or field.get("type", "any value"), *limits])


_LIMITS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def source() -> str:
    """Return the page about the YAML of a source."""
    setup()
    from spiegelstad.ingest.public import SourceDefinition  # noqa: PLC0415  rooms can be imported only now

    introduction = (
        "A source is one file `sources/<city>/<name>.yaml`. `spiegelstad check` names file, line, key and remedy for "
        "all errors at once. See also [add a source](../how-to/add-a-source.md)."
    )
    return _keys("The YAML of a source", introduction, SourceDefinition)


def harvest() -> str:
    """Return the page about the YAML of a harvest source."""
    setup()
    from spiegelstad.harvest.public import HarvestDefinition  # noqa: PLC0415

    introduction = (
        "A harvest source is one file `sources/<city>/harvest/<name>.yaml`. `spiegelstad check` names file, line, key "
        "and remedy for all errors at once. See also [harvest a catalogue](../how-to/harvest-a-catalogue.md)."
    )
    return _keys("The YAML of a harvest source", introduction, HarvestDefinition)


def city() -> str:
    """Return the page about `city.yaml`."""
    setup()
    from spiegelstad.ingest.public import CityDefinition  # noqa: PLC0415

    introduction = "`sources/<city>/city.yaml`. See also [set up a city](../how-to/set-up-a-city.md)."
    return _keys("The YAML of a city", introduction, CityDefinition)


def processing() -> str:
    """Return the page about `processing.yaml`."""
    setup()
    from spiegelstad.governance.public import CityProcessing  # noqa: PLC0415

    introduction = (
        "`sources/<city>/processing.yaml`: the city's own part of the processing register (GDPR article 30). Every "
        "text is in Dutch and in English: `{nl: …, en: …}`. `spiegelstad check` names file, line, key and remedy for "
        "all errors at once. See also [keep the data register](../how-to/keep-the-data-register.md)."
    )
    return _keys("The YAML of the processing register", introduction, CityProcessing)


def indicator() -> str:
    """Return the page about the YAML of an indicator."""
    setup()
    from spiegelstad.indicators.public import IndicatorDefinition  # noqa: PLC0415

    introduction = (
        "An indicator is a file `indicators/<city>/<name>.yaml` with `<name>.sql` beside it. The SQL (DuckDB) returns "
        "`area_type`, `area_code`, `period` (`2025`, `2025-03`, `2025-03-14` or empty) and `value`, or `numerator` and "
        "`denominator`. Its tables are the inputs by name, and `areas` (`area_type`, `area_code`, `name`, "
        "`parent_code`, `area_m2`, `area_km2`). See also [add an indicator](../how-to/add-an-indicator.md)."
    )
    return _keys("The YAML of an indicator", introduction, IndicatorDefinition)


PAGES = {
    "commands.md": commands,
    "http.md": http,
    "source.md": source,
    "harvest.md": harvest,
    "city.md": city,
    "processing.md": processing,
    "indicator.md": indicator,
}


def main() -> None:
    """Write the pages."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
