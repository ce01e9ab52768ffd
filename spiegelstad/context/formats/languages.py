"""One language out of several (clause 4.15): which text of a languageMap answers `lang=fr-CH,fr;q=0.9,*;q=0.5`."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.rules.lexical import shortly

_RANGE = re.compile(r"\s*(\*|@none|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*q\s*=\s*(0(?:\.\d*)?|1(?:\.0*)?)\s*)?")
NONE = "@none"


@lru_cache(maxsize=1024)
def ranges(wanted: str) -> tuple[str, ...]:
    """Return the language ranges in lower case, the most wanted first; BadRequestData when it is no such list."""
    found: list[tuple[float, str]] = []
    for part in wanted.split(","):
        match = _RANGE.fullmatch(part)
        if match is None:
            raise BadRequestData(
                f"lang={shortly(wanted)} is not a list of languages such as nl or fr-BE,fr;q=0.9,*;q=0.5."
            )
        found.append((float(match[2] or 1), match[1].lower()))
    return tuple(tag for quality, tag in sorted(found, key=lambda one: -one[0]) if quality > 0)


def choose(texts: Mapping[str, Any], wanted: str) -> str:
    """Return the tag of the text to show: the best match, else the text without language, else the first by tag.

    A range matches its own tag, then longer ones that begin with it (`nl` → `nl-BE`), then shorter ones
    (`fr-CH` → `fr`), as RFC 4647 looks up.
    """
    tags = {tag.lower(): tag for tag in sorted(texts)}
    for wish in ranges(wanted):
        found = _any(tags) if wish == "*" else _match(tags, wish)
        if found is not None:
            return found
    return _any(tags)


def _any(tags: Mapping[str, str]) -> str:
    return tags[NONE] if NONE in tags else next(iter(tags.values()))


def _match(tags: Mapping[str, str], wish: str) -> str | None:
    if wish in tags:
        return tags[wish]
    longer = next((tag for low, tag in tags.items() if low.startswith(f"{wish}-")), None)
    if longer is not None:
        return longer
    shorter, dash, _ = wish.rpartition("-")
    while dash:
        if shorter in tags:
            return tags[shorter]
        shorter, dash, _ = shorter.rpartition("-")
    return None
