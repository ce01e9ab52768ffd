"""The processing register (GDPR article 30(1)): why the program holds personal data, read from `register.yaml`.

Points (b) to (g) stand here with legal basis, processors and what was found about the need of an impact assessment
(article 35). Point (a), who the controller is, differs by city: `Controller` is what `city.yaml` tells of that.
"""

from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

_FILE = Path(__file__).with_name("register.yaml")

Text = str | dict[str, str]
"""By language, so that residents can read it; a text alone is the same in all."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Transfer(_Part):
    """Data that goes out of the European Economic Area, with what protects it there (articles 45 to 49)."""

    to: Text
    safeguards: Text


class Processing(_Part):
    """One processing activity. `dpia`: what was found about an impact assessment, `dpia_url` the assessment itself."""

    name: dict[str, str]
    purpose: dict[str, str]
    legal_basis: Text
    people: list[Text]
    data: list[Text]
    recipients: list[Text]
    transfers_outside_eea: Literal["none"] | list[Transfer]
    retention: Text
    security: list[Text]
    dpia: Text = ""
    dpia_url: str = ""
    processors: list[Text] = Field(default_factory=list)


class Party(_Part):
    """An organisation or a function in it, with how to reach it; never a person by name."""

    name: Text = Field(description="its name")
    address: str = Field("", max_length=300, description="its address by post")
    email: str = Field("", pattern=r"^$|^[^@\s]+@[^@\s]+$", description="its e-mail address")
    phone: str = Field("", max_length=40, description="its telephone number")
    url: str = Field("", pattern=r"^$|^https?://\S+$", description="its page")


class Controller(_Part):
    """Who answers for the personal data of a city (article 30(1)(a))."""

    controller: Party = Field(description="who decides why and how personal data is processed")
    joint_controllers: list[Party] = Field(default_factory=list, description="who decides it together with them")
    representative: Party | None = Field(None, description="who represents a controller from outside the EU")
    data_protection_officer: Party = Field(description="the data protection officer, whom everyone can reach")


@cache
def processing_register() -> dict[str, Processing]:
    """Return all processing activities by key. A model with personal data names its key in `processing`."""
    entries = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {key: Processing.model_validate(entry) for key, entry in entries.items()}


def incomplete(entry: Processing) -> list[str]:
    """Return the fields of an entry that are empty or not in both languages; none when residents can read it whole."""
    return [name for name in Processing.model_fields if not _is_whole(name, getattr(entry, name))]


def _is_whole(name: str, value: Any) -> bool:
    if name in {"dpia_url", "processors"} and not value:
        return True  # not every activity has them
    if name == "transfers_outside_eea":
        return value == "none" or all(_is_whole("", one.to) and _is_whole("", one.safeguards) for one in value)
    if isinstance(value, list):
        return all(_is_whole("", one) for one in value)  # an activity without people has no categories of them
    if name == "dpia_url":
        return str(value).startswith("https://")
    return isinstance(value, dict) and all(value.get(language, "").strip() for language in ("nl", "en"))
