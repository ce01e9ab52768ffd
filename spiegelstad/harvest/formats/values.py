"""Reading values as the real world writes them: texts with HTML, addresses with spaces, mail, dates, licences."""

from __future__ import annotations

import re
from datetime import date, datetime
from html import unescape
from urllib.parse import quote, urlsplit

from spiegelstad.catalogue.public import LICENCES

MAX_TEXT = 20_000
MAX_TITLE = 300
MAX_ADDRESS = 500
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>|&(?:[a-zA-Z]{2,8}|#\d{1,6});")
_MARKUP = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)"
    r"|<(?:[!?]|/?(?P<name>[a-z][a-z0-9]*+))(?:(?:[^<>\"']|\"[^\"<]*+\"|'[^'<]*+')*+>|[^<>]*+>)",
    re.DOTALL | re.IGNORECASE,
)
"""Tags, comments and what is not to be read, in a time that grows with the text alone, which that of `html.parser` does
not: nothing looks past the next `<`, or else takes all up to the end."""
_BREAKS = frozenset({"p", "br", "li", "div", "ul", "ol", "tr", "h1", "h2", "h3", "h4"})
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_UNSAFE = re.compile(r"[\x00-\x20<>\"{}|\\^`\x7f]")
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}")
_LICENCE_ENDS = re.compile(r"(/(legalcode|deed)(\.[a-z]{2})?)?/?$")

_CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
_BY = "https://creativecommons.org/licenses/by/4.0/"
LICENCE_WORDS = {
    "cc0": _CC0,
    "cc0-1-0": _CC0,
    "cc-zero": _CC0,
    "creative-commons-zero-verklaring": "https://data.vlaanderen.be/id/licentie/creative-commons-zero-verklaring/v1.0",
    "cc-by": _BY,
    "cc-by-4-0": _BY,
    "cc-by-sa": "https://creativecommons.org/licenses/by-sa/4.0/",
    "cc-by-sa-4-0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "odbl": "https://opendatacommons.org/licenses/odbl/1-0/",
    "odc-odbl": "https://opendatacommons.org/licenses/odbl/1-0/",
    "odc-by": "https://opendatacommons.org/licenses/by/1-0/",
    "odc-pddl": "https://opendatacommons.org/licenses/pddl/1-0/",
    "modellicentie-voor-gratis-hergebruik": (
        "https://data.vlaanderen.be/id/licentie/modellicentie-gratis-hergebruik/v1.0"
    ),
    **{re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-"): uri for uri, name in LICENCES.items()},
}
"""Names of licences as catalogues write them (CKAN's register of licences, Opendatasoft, Flanders) → their URI."""


def has_html(text: str) -> bool:
    """Whether a text holds tags or entities of HTML."""
    return bool(_TAG.search(text))


def without_html(text: str) -> str:
    """Return the text between the tags; paragraphs become lines."""
    return tidy(unescape(_MARKUP.sub(_between, text)))


def _between(found: re.Match[str]) -> str:
    return "\n" if (found["name"] or "").lower() in _BREAKS else ""


def tidy(text: str) -> str:
    """Return a text without control characters, and with single spaces and at most one empty line at a time."""
    shown = _CONTROL.sub("", text.replace("\t", " ").replace("\xa0", " "))
    lines = [" ".join(line.split()) for line in shown.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def is_address(text: str) -> bool:
    """Whether a text is an http(s) address that can stand in a graph as it is."""
    if len(text) > MAX_ADDRESS or _UNSAFE.search(text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False


def repaired_address(text: str) -> str:
    """Return the address that was probably meant (spaces escaped, `www.` with its scheme), or nothing."""
    stripped = text.strip()
    if stripped.lower().startswith("www."):
        stripped = f"https://{stripped}"
    escaped = _UNSAFE.sub(lambda found: quote(found[0]), stripped)
    return escaped if is_address(escaped) else ""


def mail_address(text: str) -> str:
    """Return the mail address in a text such as `mailto:data@stad.example`, or nothing."""
    bare = re.sub(r"(?i)^mailto:", "", text.strip()).split("?", 1)[0]
    return bare if _MAIL.fullmatch(bare) else ""


def moment(text: str) -> str:
    """Return a date or moment in ISO 8601, or nothing: also for `14/02/2025`, and moments without seconds."""
    bare = text.strip()
    if found := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", bare):
        bare = f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}"
    for kind in (date, datetime):
        try:
            return kind.fromisoformat(bare).isoformat()
        except ValueError:
            continue
    return bare if re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2]))?", bare) else ""


def known_licence(text: str) -> str:
    """Return the URI of a licence that is written in another way: by name, by code, or as a page about it."""
    if is_address(text):
        wanted = _core(text)
        return next((uri for uri in {**LICENCES, **dict.fromkeys(LICENCE_WORDS.values())} if _core(uri) == wanted), "")
    return LICENCE_WORDS.get(re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-"), "")


def _core(address: str) -> str:
    """Return what pages about the same licence have in common."""
    return _LICENCE_ENDS.sub("", address.split("://", 1)[1].removeprefix("www.").lower())
