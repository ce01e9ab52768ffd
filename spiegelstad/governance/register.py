"""The processing register (GDPR article 30): why the program holds personal data, read from `register.yaml`."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

_FILE = Path(__file__).with_name("register.yaml")


Text = str | dict[str, str]
"""In English; by language, where residents read it (on the pages of devices)."""


class Processing(BaseModel):
    """One processing activity, with the fields of article 30(1)(b)-(g)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: dict[str, str]
    purpose: dict[str, str]
    legal_basis: Text
    people: list[str]
    data: list[str]
    recipients: list[Text]
    transfers_outside_eea: str
    retention: Text
    security: list[str]


@cache
def processing_register() -> dict[str, Processing]:
    """Return all processing activities by key. A model with personal data names its key in `processing`."""
    entries = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {key: Processing.model_validate(entry) for key, entry in entries.items()}
