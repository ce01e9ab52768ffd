"""Addresses as people type them: folding, taking apart, and ranking with forgiveness for errors."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

_SPECIAL = str.maketrans({"ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})
_WORDS = {
    "st": "sint",
    "ste": "sinte",
    "str": "straat",
    "stwg": "steenweg",
    "stw": "steenweg",
    "ln": "laan",
    "pl": "plein",
    "olv": "onze lieve vrouw",
    "burg": "burgemeester",
    "dr": "dokter",
    "prof": "professor",
    "kan": "kanunnik",
    "gen": "generaal",
}
_ENDINGS = (("stwg", "steenweg"), ("stw", "steenweg"), ("str", "straat"))
_NUMBER = re.compile(r"(?P<number>\d{1,4}[a-z]?(?:[-/+]\d{1,4}[a-z]?)?)$", re.IGNORECASE)
_POSTCODE = re.compile(r"[1-9]\d{3}$")
_BOX = re.compile(r"\b(?:bus|bte|box)\s*(?P<box>[\w.]+)", re.IGNORECASE)
MAX_TEXT = 200


@dataclass(frozen=True)
class AddressQuery:
    """What somebody looks for; street and municipality are folded, the rest is as written or empty."""

    street: str
    house_number: str = ""
    box_number: str = ""
    postcode: str = ""
    municipality: str = ""


@dataclass(frozen=True)
class StreetKey:
    """A street as the ranking sees it: folded."""

    street: str
    postcode: str
    municipality: str


def fold(text: str) -> str:
    """Lower case without accents, signs or common abbreviations: `St.-Pietersnieuwstr.` = `sint pietersnieuwstraat`.

    Both what is stored and what is asked pass here, so the same abbreviation always meets itself.
    """
    lowered = unicodedata.normalize("NFKD", text.casefold().translate(_SPECIAL))
    letters = "".join(char for char in lowered if not unicodedata.combining(char))
    words = re.sub(r"[^a-z0-9]+", " ", letters.replace("o.l.v", "olv").replace("'", "")).split()
    return " ".join(_unabbreviate(word) for word in words)


def _unabbreviate(word: str) -> str:
    if word in _WORDS:
        return _WORDS[word]
    for ending, full in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word.removesuffix(ending) + full
    return word


def parse(text: str) -> AddressQuery:
    """Take `Veldstraat 12 bus 3, 9000 Gent` apart; order of postcode and street is free, commas are optional."""
    text = unicodedata.normalize("NFC", text)[:MAX_TEXT].replace(",", " ")
    box = _BOX.search(text)
    words = (text[: box.start()] + " " + text[box.end() :] if box else text).split()
    words, postcode, municipality = _split_postcode(words)
    street, number = _split_number(words)
    return AddressQuery(
        fold(" ".join(street)), number, box["box"] if box else "", postcode, fold(" ".join(municipality))
    )


def _split_postcode(words: list[str]) -> tuple[list[str], str, list[str]]:
    """Words of street and number, postcode, words of the municipality (only known when they follow the postcode)."""
    for place, word in reversed(list(enumerate(words))):
        if _POSTCODE.match(word):
            return words[:place] or words[1:], word, words[place + 1 :] if place else []
    return words, "", []


def _split_number(words: list[str]) -> tuple[list[str], str]:
    """The street and its number: the last word that looks like one and has a street before it."""
    for place in range(len(words) - 1, 0, -1):
        found = _NUMBER.match(words[place])
        if found:
            suffix = words[place + 1 : place + 2]
            suffix = suffix if suffix and len(suffix[0]) == 1 and found["number"].isdigit() else []
            rest = words[:place] + words[place + 1 + len(suffix) :]
            return rest, "".join([found["number"], *suffix]).upper()
    return words, ""


def readings(query: AddressQuery) -> Iterator[AddressQuery]:
    """The ways to read a query: `korenmarkt gent` may hold a municipality, `Steenweg 1144` a long house number."""
    yield query
    if query.postcode and not query.house_number and not query.municipality:
        yield replace(query, house_number=query.postcode, postcode="")
    words = query.street.split()
    if len(words) > 1 and not query.municipality:
        yield replace(query, street=" ".join(words[:-1]), municipality=words[-1])
        yield replace(query, street=" ".join(words[1:]), municipality=words[0])


def number_of(house_number: str) -> int:
    """The number in `12A`, `12/3` or `12-14`, to find neighbours of a number; 0 when there is none."""
    found = re.match(r"\d{1,9}", house_number.strip())
    return int(found[0]) if found else 0


def penalty(query: AddressQuery, key: StreetKey) -> float | None:
    """How far a street is from what was asked: 0 is the same, None is too far to show.

    Typing errors count one each, an end that is not typed yet very little, another postcode or municipality some.
    """
    asked, offered = query.street.replace(" ", ""), key.street.replace(" ", "")
    errors, whole = distances(asked, offered)
    if errors > 1 + len(asked) // 4:
        return None
    points = errors + 0.01 * max(whole - errors, 0)
    if query.postcode and query.postcode != key.postcode:
        points += 1.5
    if query.municipality:
        other = distances(query.municipality.replace(" ", ""), key.municipality.replace(" ", ""))[0]
        if other > max(1, len(query.municipality) // 4):
            return None
        points += 0.5 * other
    return points


def number_penalty(asked: str, offered: str) -> float:
    """How far a house number is from the one asked: another suffix a little, no such number more."""
    if not asked or asked == offered.upper():
        return 0
    return 0.25 if number_of(asked) == number_of(offered) else 0.75


def score(points: float, asked: str) -> float:
    """A penalty as a number from 0 (far) to 1 (the same), by the length of what was asked."""
    return round(max(0.0, 1 - points / max(len(asked), 4)), 4)


def distances(asked: str, offered: str) -> tuple[int, int]:
    """Typing errors between `asked` and the nearest beginning of `offered`, and between the whole words.

    A letter too many, too few, wrong, or swapped with its neighbour is one error (optimal string alignment).
    """
    before: list[int] = []
    row = list(range(len(offered) + 1))
    for i, char in enumerate(asked, start=1):
        earlier, before, row = before, row, [i]
        for j, other in enumerate(offered, start=1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (char != other))
            if i > 1 and j > 1 and char == offered[j - 2] and asked[i - 2] == other:
                best = min(best, earlier[j - 2] + 1)
            row.append(best)
    return min(row), row[-1]
