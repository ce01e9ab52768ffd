"""Draws Vega-Lite to SVG on the server, once per chart and language.

Measured: 700 ms for the first drawing of a process (the engine starts), 40 to 90 ms for each after it,
0.01 ms when it was drawn before. So the engine is kept warm and drawings are kept.
"""

import re
from functools import lru_cache
from hashlib import blake2b
from threading import Thread

import orjson
import vl_convert

from spiegelstad.look.theme import CALENDARS, CONFIG, NUMBERS, SCHEMA, VEGA_LITE_VERSION, Spec

KEPT_DRAWINGS = 1024  # about 15 kB each

_NOISE = re.compile(r' (?:role|aria-[a-z]+|class|pointer-events|xmlns:xlink|version)="[^"]*"')
_SIZE = re.compile(r'^<svg[^>]*viewBox="([^"]+)"[^>]*>')
_EMPTY = re.compile(r'<path(?: aria-hidden="true")? d=""[^>]*/>|<path d="M0,0h0v0h0Z"/>')


def full_spec(part: Spec, data: list[Spec]) -> Spec:
    """Return the complete specification of a chart: its part, its rows and the theme."""
    return {"$schema": SCHEMA, **part, "data": {"values": data}, "config": CONFIG}


def draw(spec: Spec, language: str) -> str:
    """Return the chart as an `<svg>` without size, style attributes or roles: the page gives it those."""
    return _draw(orjson.dumps(spec), language if language in NUMBERS else "nl")


@lru_cache(maxsize=KEPT_DRAWINGS)
def _draw(spec: bytes, language: str) -> str:
    drawn: str = vl_convert.vegalite_to_svg(
        spec.decode(),
        vl_version=VEGA_LITE_VERSION,
        format_locale=NUMBERS[language],
        time_format_locale=CALENDARS[language],
    )
    return clean(drawn)


def clean(svg: str) -> str:
    """Take out what a page does not want: fixed sizes, roles of parts, empty paths."""
    svg = _SIZE.sub(r'<svg viewBox="\1" aria-hidden="true" focusable="false">', svg, count=1)
    head, opening, rest = svg.partition(">")
    rest = _NOISE.sub("", rest)
    return head + opening + _EMPTY.sub("", rest)


def key_of(*parts: object) -> str:
    """Return a short name for this content, for ids in a page."""
    return blake2b(orjson.dumps(parts), digest_size=5).hexdigest()


def warm() -> Thread:
    """Start the engine in the background; called once by the web server's process."""
    tiny: Spec = {"mark": "point", "encoding": {"x": {"field": "a", "type": "quantitative"}}}
    thread = Thread(target=draw, args=(full_spec(tiny, [{"a": 1}]), "nl"), name="warm-charts", daemon=True)
    thread.start()
    return thread
