"""Invented names, visibly so: everything shines, floats or mirrors. None comes from a list of real names."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

CITY = "Spiegelstad"
NIS_CODE = "99001"

WIJKEN = (
    "Binnenspiegel", "Kwikhaven", "Lisdodde", "Tinnen Kaai", "Glasveld", "Oud Reigersnest", "Nevelmeers",
    "Zilverbocht", "Echogem", "Dubbelbeke", "Wolkenkouter", "Rimpelrode", "Weerschijn", "Blinkhoek", "Schemerbeke",
    "Maanwilgen", "Kaatsvaart", "Windvang", "Lichterzele", "Dauwgaarde", "Zonnewende", "Parelmeers", "Zeedroom",
    "Bovenglans", "Otterhove", "Kristalput", "Regenboogem", "Stilwater", "Vuurvliegem", "Mistlede", "Halfland",
    "Glimgem", "Omkeer", "Vlindervoorde", "Sterrenpolder", "Zilte", "Bellenveld", "Kaleido", "Twijnwater",
    "Schuimhoek", "Lantaarnberg", "Prismarode", "Drijfzele", "Kompasveld", "Zwaluwzijde", "Ijsvogelham",
    "Fonkeldam", "Wederik", "Nachtegaalput", "Droomakker",
)  # fmt: skip
_QUALITIES = (
    "Glazen", "Zilveren", "Tinnen", "Dubbele", "Omgekeerde", "Fluisterende", "Gouden", "Vlottende", "Blinkende",
    "Stille", "Kaatsende", "Zevende", "Dromende", "Lichte", "Wandelende", "Gespiegelde", "Drijvende", "Gestreepte",
    "Halve", "Zingende", "Verdwaalde", "Zachte", "Ronde", "Slapende", "Schuine", "Lachende", "Purperen", "Koperen",
    "Vergeten", "Knipogende",
)  # fmt: skip
_BEINGS = (
    "Reiger", "Otter", "Lisdodde", "Ijsvogel", "Waterjuffer", "Dotter", "Snoek", "Kikker", "Wilg", "Egel", "Krekel",
    "Zwaluw", "Salamander", "Boterbloem", "Waterlelie", "Mossel", "Zeester", "Garnaal", "Kwal", "Octopus",
    "Lantaarn", "Vuurtoren", "Lens", "Prisma", "Spiegel", "Echo", "Regenboog", "Dauw", "Nevel", "Maan", "Komeet",
    "Wolk", "Golf", "Bel", "Kompas", "Anker", "Vlieger", "Zeepbel", "Knikker", "Tol", "Luchtballon", "Pauw",
    "Libel", "Mier", "Vlinder", "Mus", "Karper", "Stekelbaars", "Zeepaard", "Duinroos",
)  # fmt: skip
_SIZES = ("", "Korte ", "Lange ", "Oude ", "Nieuwe ", "Kleine ", "Grote ")
_ENDINGS = {
    "ring": ("ring",),
    "radial": ("sesteenweg", "baan"),
    "local": ("straat", "laan", "steeg", "dreef", "pad", "hof", "plein", "gang"),
    "rural": ("weg", "dreef", "wegel", "pad"),
}


def street_names(rng: np.random.Generator, kinds: list[str]) -> list[str]:
    """One unique name per street, fitting its kind (ring, radial, local, rural)."""
    supply = {kind: _endless_names(rng, endings) for kind, endings in _ENDINGS.items()}
    used: set[str] = set()
    chosen = []
    for kind in kinds:
        name = next(name for name in supply[kind] if name not in used)
        used.add(name)
        chosen.append(name)
    return chosen


def _endless_names(rng: np.random.Generator, endings: tuple[str, ...]) -> Iterator[str]:
    """All names with these endings in a random order; then with one more word in front."""
    for size in itertools.chain(_SIZES, (f"{number}de " for number in itertools.count(2))):
        for pick in rng.permutation(len(_QUALITIES) * len(_BEINGS) * len(endings)):
            pair, ending = divmod(int(pick), len(endings))
            quality, being = _QUALITIES[pair % len(_QUALITIES)], _BEINGS[pair // len(_QUALITIES)]
            yield f"{size}{quality} {being}{endings[ending]}"


def numbered(names: list[str]) -> list[str]:
    """The same names, with a number where a name comes more than once."""
    turn: dict[str, int] = {}
    for name in names:
        turn[name] = turn.get(name, 0) + 1
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(f"{name} {seen[name]}" if turn[name] > 1 else name)
    return result


def park_names(rng: np.random.Generator, count: int) -> list[str]:
    """Names of parks: unique."""
    order = rng.permutation(len(_QUALITIES) * len(_BEINGS))[:count]
    kinds = ("park", "tuin", "plantsoen", "bos", "veld")
    return [
        f"{_QUALITIES[int(pair) % len(_QUALITIES)]} {_BEINGS[int(pair) // len(_QUALITIES)]}{kinds[turn % len(kinds)]}"
        for turn, pair in enumerate(order)
    ]


def wijk_code(number: int) -> str:
    """Code of a wijk: W01 …"""
    return f"W{number + 1:02d}"


def sector_code(wijk: int, number: int) -> str:
    """Code of a statistical sector in the shape of the Belgian ones, under a municipality number that doesn't exist."""
    return f"{NIS_CODE}{chr(ord('A') + wijk % 26)}{wijk // 26 * 50 + number:02d}-"


_SIDES = (
    "Centrum", "Noord", "Oost", "Zuid", "West", "Kerk", "Kaai", "Veld", "Brug", "Molen", "Station", "Dijk", "Hof",
    "Berg", "Put", "Tuin", "Toren", "Markt", "Eiland", "Bos",
)  # fmt: skip


def sector_name(wijk: int, number: int) -> str:
    """Name of a sector: the wijk and a part of it."""
    turn = number // len(_SIDES)
    return f"{WIJKEN[wijk]} {_SIDES[number % len(_SIDES)]}{'' if not turn else f' {turn + 1}'}"
