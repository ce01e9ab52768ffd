"""Texts that exist in several languages: `{"nl": "Wijk", "en": "Neighbourhood"}`."""

from collections.abc import Mapping

from django.utils.translation import get_language

Localised = Mapping[str, str]


def in_language(value: Localised | str, language: str | None = None) -> str:
    """Return `value` in `language` (default: the reader's), else Dutch, else English, else whatever there is."""
    if isinstance(value, str):
        return value
    wanted = (language or get_language() or "nl").split("-")[0]
    for candidate in (wanted, "nl", "en"):
        if value.get(candidate):
            return value[candidate]
    return next((text for text in value.values() if text), "")
