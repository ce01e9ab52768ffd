"""Translations without GNU gettext: `python -m spiegelstad.base.messages extract|compile|check`.

Each room has `locale/<language>/LC_MESSAGES/django.po`, next to what it translates. `extract` adds the new texts of
Python and templates to them, `compile` makes the `.mo` files that Django reads, `check` names what is not translated.
"""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from io import BytesIO
from itertools import chain, count
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

from spiegelstad.base import error_texts

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
WITHOUT_PAGES = ("context", "demo", "mirror", "project", "sensorthings")  # their errors are for programs and commands
OTHERS_THAT_SAY = {"Decision", "error_text", "unusable"}
FEWEST_LETTERS = 5  # that an error has to say itself, around what it names


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


def _texts_of_errors(path: Path) -> Iterator[tuple[int, str, str]]:
    """Yield what errors say is wrong and what to do, as texts with a numbered gap for each expression in them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = _named(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in _errors():
            remedies = [keyword.value for keyword in node.keywords if keyword.arg == "remedy"]
            for said in _options([*node.args, *remedies], named):
                text = _gapped(said)
                if " " in text and sum(map(str.isalpha, text)) >= FEWEST_LETTERS:
                    yield node.lineno, text, error_texts.CONTEXT


def _named(tree: ast.AST) -> dict[str, list[ast.expr]]:
    """Return what names are given in a file: the text of an error may have one."""
    named: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(name)], value=value):
                named.setdefault(name, []).append(value)
    return named


def _options(said: Iterable[ast.expr], named: Mapping[str, list[ast.expr]]) -> Iterator[ast.expr]:
    """Yield the texts that these may be: either side of a condition, whatever a name stands for."""
    for one in said:
        match one:
            case ast.IfExp(body=first, orelse=second):
                yield from _options([first, second], named)
            case ast.Name(name):
                yield from _options(named.get(name, ()), {})
            case _:
                yield one


def _gapped(said: ast.expr) -> str:
    parts = _parts(said)
    numbers = count()
    return "".join(
        f"{{{next(numbers)}}}" if part is None else part.replace("{", "{{").replace("}", "}}") for part in parts
    )


def _parts(said: ast.expr) -> list[str | None]:
    """Return the pieces of a text that are written out, and None for each that isn't."""
    match said:
        case ast.Constant(str(text)):
            return [text]
        case ast.JoinedStr(values):
            return [part for value in values for part in _parts(value)]
        case ast.BinOp(left, ast.Add(), right):
            return [*_parts(left), *_parts(right)]
    return [None]


@cache
def _errors() -> frozenset[str]:
    """Return the names of all classes of errors that a user may see, and of what else takes a text that they say."""
    classes = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                classes[node.name] = {_name(base) for base in node.bases}
    known = {"SpiegelstadError"}
    while found := {name for name, bases in classes.items() if bases & known} - known:
        known |= found
    return frozenset(known) | OTHERS_THAT_SAY


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(name) | ast.Attribute(attr=name):
            return name
    return ""


def _texts_of_template(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], str | None]]:
    if not settings.configured:
        settings.configure()  # templatize reads one setting
    source = templatize(path.read_text(encoding="utf-8"), origin=str(path)).encode()
    for line, message, _comments, context in extract("python", BytesIO(source), keywords=KEYWORDS):
        yield line, message, context


def rooms() -> list[Path]:
    """Return the folders of all rooms."""
    return sorted(folder for folder in PACKAGE.iterdir() if (folder / "__init__.py").exists())


@cache  # it reads all that the room has
def texts(room: Path) -> Catalog:
    """Return all texts of a room's Python and templates."""
    catalog = Catalog(project="spiegelstad", charset="utf-8")
    for path in sorted([*room.rglob("*.py"), *room.rglob("*.html"), *room.rglob("*.txt")]):
        if "migrations" in path.parts or "static" in path.parts:
            continue
        found = _texts_of_python(path) if path.suffix == ".py" else _texts_of_template(path)
        if path.suffix == ".py" and room.name not in WITHOUT_PAGES:
            found = chain(found, _texts_of_errors(path))
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
    for room in rooms():
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
    for room in rooms():
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
