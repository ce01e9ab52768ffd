"""What readers of every kind of catalogue share: values checked, put right where that is safe, and reported."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spiegelstad.base.localised import in_language
from spiegelstad.catalogue.public import HvdCategory
from spiegelstad.harvest.formats import values
from spiegelstad.harvest.formats.terms import FILE_TYPE, FILE_TYPES, FREQUENCIES
from spiegelstad.harvest.rules import Description, Findings, Harvested, last_part
from spiegelstad.harvest.vocabulary import Done, Wrong

_CODE = re.compile(r"[A-Z0-9_]{2,30}")
_VERSIONED = re.compile(r"^(?:[A-Z]+:)?([A-Z]+)(?:-[0-9].*)?$")  # OGC:WMS-1.3


@dataclass(frozen=True, slots=True)
class Habits:
    """What the definition says about the source's ways. `licences`: by its words without case → URI."""

    language: str = "nl"
    licence: str = ""
    licences: Mapping[str, str] = field(default_factory=dict)


class Reading:
    """One record while it is read: each method takes what stands there, and returns what can be used."""

    def __init__(self, habits: Habits) -> None:
        self.habits = habits
        self.findings = Findings()

    def text(self, property: str, value: object, limit: int = values.MAX_TEXT) -> str:
        """Return a text without HTML, control characters and more than `limit` characters."""
        text = str(value) if value is not None else ""
        if values.has_html(text):
            self.findings.add(property, Wrong.HTML, Done.TAGS_REMOVED, text)
            text = values.without_html(text)
        text = values.tidy(text)
        if len(text) > limit:
            self.findings.add(property, Wrong.TOO_LONG, Done.CUT, text, str(limit))
            text = f"{text[: limit - 1]}…"
        return text

    def localised(
        self, property: str, given: Sequence[tuple[str, str]], limit: int = values.MAX_TEXT
    ) -> dict[str, str]:
        """Return texts by language from (text, language tag) pairs; no tag: the language of the source."""
        found: dict[str, str] = {}
        for text, tag in given:
            if not (clean := self.text(property, text, limit)):
                self.findings.add(property, Wrong.EMPTY, Done.LEFT_OUT)
                continue
            language = self.language(property, tag)
            if language in found and found[language] != clean:
                self.findings.add(property, Wrong.MANY, Done.FIRST_KEPT, clean, found[language])
            found.setdefault(language, clean)
        return found

    def language(self, property: str, tag: str) -> str:
        """Return the language of a tag such as `nl-BE`."""
        language = tag.split("-", 1)[0].lower()
        if language.isalpha() and len(language) in (2, 3):
            return language
        self.findings.add(property, Wrong.NO_LANGUAGE, Done.DEFAULT_USED, "", self.habits.language)
        return self.habits.language

    def address(self, property: str, value: str) -> str:
        """Return an address that can be used, or nothing."""
        if values.is_address(value):
            return value
        if not value.strip():
            self.findings.add(property, Wrong.EMPTY, Done.LEFT_OUT)
            return ""
        repaired = values.repaired_address(value)
        done = Done.UNDERSTOOD if repaired else Done.LEFT_OUT
        self.findings.add(property, Wrong.NOT_AN_ADDRESS, done, value, repaired)
        return repaired

    def mail(self, property: str, value: str, *, is_literal: bool) -> str:
        """Return a mail address from `mailto:…` or from a text."""
        found = values.mail_address(value)
        if not found:
            self.findings.add(property, Wrong.NOT_A_MAIL_ADDRESS, Done.LEFT_OUT, value)
        elif is_literal:
            self.findings.add(property, Wrong.LITERAL, Done.UNDERSTOOD, value, f"mailto:{found}")
        return found

    def licence(self, property: str, value: str, *, is_literal: bool) -> str:
        """Return the URI of a licence; a text is looked up among the names that the definition and we know."""
        mapped = self.habits.licences.get(value.strip().casefold(), "")
        found = mapped or values.known_licence(value.strip())
        if is_literal:
            found = found or (value if values.is_address(value) else "")
            done = Done.UNDERSTOOD if found else Done.LEFT_OUT
            self.findings.add(property, Wrong.LITERAL, done, value, found)
            return found
        return found or self.address(property, value)

    def frequency(self, property: str, value: str) -> str:
        """Return our code for a frequency, or nothing."""
        code = last_part(value).upper()
        if code in FREQUENCIES:
            return FREQUENCIES[code].value
        if code not in ("UNKNOWN", ""):
            self.findings.add(property, Wrong.UNKNOWN_VALUE, Done.LEFT_OUT, value)
        return ""

    def hvd(self, property: str, value: str) -> str:
        """Return the code of a category of high-value datasets, or nothing."""
        if last_part(value) in set(HvdCategory):
            return last_part(value)
        self.findings.add(property, Wrong.UNKNOWN_VALUE, Done.LEFT_OUT, value)
        return ""

    def file_type(self, property: str, value: str) -> str:
        """Return the EU's code for a file format, or nothing."""
        code = last_part(value).upper()
        if value == f"{FILE_TYPE}{code}" and _CODE.fullmatch(code):
            return code
        for wanted in (value.strip().lstrip(".").upper(), code, _VERSIONED.sub(r"\1", code)):
            if wanted in FILE_TYPES:
                return FILE_TYPES[wanted]
        wrong = Wrong.UNKNOWN_VALUE if value.strip() else Wrong.EMPTY
        self.findings.add(property, wrong, Done.LEFT_OUT, value)
        return ""

    def whole_number(self, property: str, value: object) -> int | None:
        """Return a number of bytes, or nothing."""
        text = str(value).strip()
        try:
            number = int(float(text))
        except (ValueError, OverflowError):
            number = -1
        if not 0 <= number < 2**53:
            self.findings.add(property, Wrong.NOT_A_NUMBER, Done.LEFT_OUT, text)
            return None
        return number

    def moment(self, property: str, value: str, *, is_typed: bool = True) -> str:
        """Return a date or moment in ISO 8601, or nothing."""
        found = values.moment(value)
        if not found:
            self.findings.add(property, Wrong.NOT_A_DATE, Done.LEFT_OUT, value)
        elif not is_typed:
            self.findings.add(property, Wrong.DATE_AS_TEXT, Done.UNDERSTOOD, value, found)
        return found

    def end(self, key: str, description: Description | None, unused: Sequence[str] = ()) -> Harvested:
        """Return the record with what was found; one without a title or a way to its data cannot be used."""
        title = in_language(description.title, self.habits.language) if description else ""
        if description is not None:
            for property, there in (("title", description.title), ("distribution", description.distributions)):
                if not there:
                    self.findings.add(property, Wrong.MISSING, Done.QUARANTINED)
                    description = None
                    break
        return Harvested(key, title, description, tuple(self.findings.found), tuple(unused))
