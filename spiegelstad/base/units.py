"""Units of measure by their UN/CEFACT Recommendation 20 code (euro by ISO 4217), and numbers as people write them."""

from dataclasses import dataclass

from spiegelstad.base.localised import Localised, in_language


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: code in data, symbol beside a number, name in words, usual number of decimals."""

    code: str
    symbol: str
    name: Localised
    decimals: int = 0


_UNITS = {
    unit.code: unit
    for unit in (
        Unit("", "", {"nl": "", "en": ""}),
        Unit("C62", "", {"nl": "aantal", "en": "number"}),
        Unit("P1", "%", {"nl": "procent", "en": "per cent"}, 1),
        Unit("MTR", "m", {"nl": "meter", "en": "metres"}, 0),
        Unit("KMT", "km", {"nl": "kilometer", "en": "kilometres"}, 1),
        Unit("MTK", "m²", {"nl": "vierkante meter", "en": "square metres"}, 1),
        Unit("KMK", "km²", {"nl": "vierkante kilometer", "en": "square kilometres"}, 2),
        Unit("HAR", "ha", {"nl": "hectare", "en": "hectares"}, 1),
        Unit("EUR", "€", {"nl": "euro", "en": "euros"}, 0),
        Unit("KWH", "kWh", {"nl": "kilowattuur", "en": "kilowatt hours"}, 0),
        Unit("MWH", "MWh", {"nl": "megawattuur", "en": "megawatt hours"}, 0),
        Unit("GQ", "µg/m³", {"nl": "microgram per kubieke meter", "en": "micrograms per cubic metre"}, 1),
        Unit("2N", "dB", {"nl": "decibel", "en": "decibels"}, 1),
        Unit("CEL", "°C", {"nl": "graden Celsius", "en": "degrees Celsius"}, 1),
        Unit("KMH", "km/h", {"nl": "kilometer per uur", "en": "kilometres per hour"}, 0),
        Unit("MTS", "m/s", {"nl": "meter per seconde", "en": "metres per second"}, 1),
        Unit("DD", "°", {"nl": "graden", "en": "degrees"}, 0),
        Unit("A97", "hPa", {"nl": "hectopascal", "en": "hectopascals"}, 0),
        Unit("59", "ppm", {"nl": "delen per miljoen", "en": "parts per million"}, 0),
        Unit("LUX", "lx", {"nl": "lux", "en": "lux"}, 0),
        Unit("MMT", "mm", {"nl": "millimeter", "en": "millimetres"}, 1),
        Unit("VLT", "V", {"nl": "volt", "en": "volts"}, 2),
        Unit("ANN", "jaar", {"nl": "jaar", "en": "years"}, 1),
        Unit("HUR", "h", {"nl": "uur", "en": "hours"}, 1),
        Unit("MIN", "min", {"nl": "minuten", "en": "minutes"}, 0),
        Unit("SEC", "s", {"nl": "seconden", "en": "seconds"}, 0),
        Unit("KGM", "kg", {"nl": "kilogram", "en": "kilograms"}, 0),
        Unit("TNE", "t", {"nl": "ton", "en": "tonnes"}, 1),
    )
}


def unit(code: str) -> Unit:
    """Return the unit with this code; `LookupError` names the code that is not known."""
    try:
        return _UNITS[code]
    except KeyError:
        raise LookupError(f"unit code {code!r} is not in spiegelstad/base/units.py") from None


def codes() -> frozenset[str]:
    """Return all known unit codes."""
    return frozenset(_UNITS)


def format_number(value: float, decimals: int, language: str = "nl") -> str:
    """Write a number the way the language does: `1.234,5` in Dutch, French and German, `1,234.5` in English."""
    text = f"{value:,.{decimals}f}"
    if text.strip("-0.,") == "":
        text = text.lstrip("-")
    if language.startswith("en"):
        return text
    point = " " if language.startswith("fr") else "."
    return text.replace(",", "\x00").replace(".", ",").replace("\x00", point)


def format_quantity(value: float, code: str, decimals: int | None = None, language: str = "nl") -> str:
    """Write a number with its unit: `1.234 m²`, `€ 31.200`, `12,5 %`."""
    known = unit(code)
    number = format_number(value, known.decimals if decimals is None else decimals, language)
    if code == "EUR":
        return f"€ {number}"
    symbol = in_language(known.name, language) if code == "ANN" else known.symbol
    return f"{number} {symbol}".strip()
