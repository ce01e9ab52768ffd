"""Scripts of others that our wheels carry, served by ourselves under `vendor/`: MapLibre GL, and Vega with Vega-Lite.

A staticfiles finder, so that `collectstatic` and the development server both know them, and none is in the repository.
The Vega bundle is written once per version into VAR, because making it takes two seconds.
"""

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import vl_convert
from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage, Storage

Messages = list[CheckMessage]

PREFIX = "vendor/"
MAPLIBRE_FILES = ("maplibre-gl.js", "maplibre-gl.css")
VEGA_FILE = "vega.js"


def maplibre_folder() -> Path:
    """Return where the wheel `maplibre` keeps its scripts; found without importing it, which is slow."""
    spec = find_spec("maplibre")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("the wheel `maplibre` is not installed")
    return Path(spec.origin).parent / "srcjs"


def _bundle() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script; the stub forgets that its argument is optional."""
    bundle: str = vl_convert.javascript_bundle()  # type: ignore[call-arg]
    return bundle


def vega_folder() -> Path:
    """Return the folder with the Vega bundle of the installed vl-convert, made when it is not there yet."""
    folder = (
        Path(settings.VAR) / "vendor" / f"vega-{vl_convert.get_vega_version()}-{vl_convert.get_vega_embed_version()}"
    )
    target = folder / VEGA_FILE
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".partial")
        partial.write_text(_bundle(), encoding="utf-8")
        partial.replace(target)
    return folder


class _ChosenFiles(FileSystemStorage):
    """A folder of which only the named files are seen, under our prefix."""

    prefix = PREFIX.rstrip("/")


class VendorFinder(BaseFinder):
    """Finds `vendor/maplibre-gl.js`, `vendor/maplibre-gl.css` and `vendor/vega.js`."""

    def find(self, path: str, find_all: bool = False, **_old: Any) -> Any:
        """Return the file's place, or an empty list when it is not ours."""
        name = path.removeprefix(PREFIX)
        if not path.startswith(PREFIX) or name not in {*MAPLIBRE_FILES, VEGA_FILE}:
            return []
        place = str((maplibre_folder() if name in MAPLIBRE_FILES else vega_folder()) / name)
        return [place] if find_all else place

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """Yield every file with the storage that holds it, for `collectstatic`."""
        maplibre, vega = _ChosenFiles(maplibre_folder()), _ChosenFiles(vega_folder())
        yield from ((name, maplibre) for name in MAPLIBRE_FILES)
        yield VEGA_FILE, vega

    def check(self, **kwargs: Any) -> "Messages":
        """Nothing to set, so nothing to get wrong."""
        return []
