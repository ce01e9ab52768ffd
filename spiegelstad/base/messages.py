"""Translations without GNU gettext: `python -m spiegelstad.base.messages extract|compile|check`.

Each room has `locale/<language>/LC_MESSAGES/django.po`, next to what it translates. `extract` adds the new texts of
Python and templates to them, `compile` makes the `.mo` files that Django reads, `check` names what is not translated.
"""

import ast
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

PACKAGE = Path(__file__).resolve().parents[1]
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "gettext_noop": None,
    "_": None,
}
LANGUAGES = ("nl",)  # English is the language of the texts themselves


def _texts_of_python(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], str | None]]:
    for line, message, _comments, context in extract_from_file("python", path, keywords=KEYWORDS):
        yield line, message, context
    yield from _titles_of_errors(path)


def _titles_of_errors(path: Path) -> Iterator[tuple[int, str, None]]:
    """Yield what classes say in `title = "…"`: a page shows it in the reader's language."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for part in node.body if isinstance(node, ast.ClassDef) else ():
            match part:
                case ast.Assign(targets=[ast.Name("title")], value=ast.Constant(str(title))):
                    yield part.lineno, title, None


def _texts_of_template(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], str | None]]:
    if not settings.configured:
        settings.configure()  # templatize reads one setting
    source = templatize(path.read_text(encoding="utf-8"), origin=str(path)).encode()
    for line, message, _comments, context in extract("python", BytesIO(source), keywords=KEYWORDS):
        yield line, message, context


def _rooms() -> list[Path]:
    return sorted(folder for folder in PACKAGE.iterdir() if (folder / "__init__.py").exists())


def texts(room: Path) -> Catalog:
    """Return all texts of a room's Python and templates."""
    catalog = Catalog(project="spiegelstad", charset="utf-8")
    for path in sorted([*room.rglob("*.py"), *room.rglob("*.html"), *room.rglob("*.txt")]):
        if "migrations" in path.parts or "static" in path.parts:
            continue
        found = _texts_of_python(path) if path.suffix == ".py" else _texts_of_template(path)
        for _line, message, context in found:
            catalog.add(message, locations=[(path.relative_to(room).as_posix(), 1)], context=context)
    return catalog


def _file(room: Path, language: str) -> Path:
    return room / "locale" / language / "LC_MESSAGES" / "django.po"


def _read(path: Path, language: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=language, project="spiegelstad")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update_all() -> None:
    """Bring every `.po` file up to date: new texts are added, those that are gone are dropped."""
    for room in _rooms():
        template = texts(room)
        if not len(template):
            continue
        for language in LANGUAGES:
            path = _file(room, language)
            catalog = _read(path, language)
            catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                write_po(file, catalog, width=120, omit_header=False, ignore_obsolete=True, no_location=True)


def compile_all() -> None:
    """Write the `.mo` file beside each `.po` file."""
    for path in sorted(PACKAGE.glob("*/locale/*/LC_MESSAGES/django.po")):
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, _read(path, path.parts[-3]))


def untranslated() -> list[str]:
    """Return `room: text` for every text without a translation in one of the languages."""
    missing = []
    for room in _rooms():
        for language in LANGUAGES:
            known = _read(_file(room, language), language)
            for message in texts(room):
                entry = known.get(message.id, message.context) if message.id else None
                if message.id and (entry is None or not entry.string or not any(entry.string)):
                    missing.append(f"{room.name} ({language}): {message.id}")
    return missing


def main() -> None:
    """Run one of the three."""
    acts = {"extract": update_all, "compile": compile_all}
    what = sys.argv[1] if len(sys.argv) > 1 else ""
    if what == "check":
        missing = untranslated()
        print("\n".join(missing))  # noqa: T201
        sys.exit(1 if missing else 0)
    if what not in acts:
        sys.exit("usage: python -m spiegelstad.base.messages extract|compile|check")
    acts[what]()


if __name__ == "__main__":
    main()
