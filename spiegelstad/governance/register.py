"""The processing register (GDPR article 30(1)): why the program holds personal data, read from `register.yaml`.

Points (b) to (g) stand here with legal basis, processors and what was found about the need of an impact assessment
(article 35). What a city does beside that it tells in `processing.yaml` (`CityProcessing`, kept with the city's
settings). Point (a), who the controller is, differs by city: `Controller` is what `city.yaml` tells of that.
"""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor

_FILE = Path(__file__).with_name("register.yaml")


def _in_both(text: dict[str, str]) -> dict[str, str]:
    if all(text.get(language, "").strip() for language in ("nl", "en")):
        return text
    raise PydanticCustomError("languages", "residents read it in Dutch and in English", {"remedy": _BOTH})


_BOTH = "Write {nl: …, en: …}."
Text = Annotated[dict[str, str], AfterValidator(_in_both)]
"""In Dutch and in English, so that residents can read it."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Transfer(_Part):
    """Data that goes out of the European Economic Area, with what protects it there (articles 45 to 49)."""

    to: Text = Field(description="to whom, and where")
    safeguards: Text = Field(description="what protects it there")


class Processing(_Part):
    """One processing activity. Every text is by language, in Dutch and in English: `{nl: …, en: …}`."""

    name: Text = Field(description="what people call it")
    purpose: Text = Field(description="what the data is for (article 30(1)(b))")
    legal_basis: Text = Field(description="why it is allowed (article 6, for special data article 9 too)")
    people: list[Text] = Field(description="whose data it is (c); empty when it is data of nobody")
    data: list[Text] = Field(description="which data (c)")
    recipients: list[Text] = Field(description="who gets it (d)")
    transfers_outside_eea: Literal["none"] | list[Transfer] = Field(description="what leaves the EEA (e)")
    retention: Text = Field(description="how long it is kept (f)")
    security: list[Text] = Field(description="how it is protected (g)")
    dpia: Text = Field(description="what was found about the need of an impact assessment (article 35)")
    dpia_url: str = Field("", pattern=r"^$|^https://\S+$", description="the assessment itself")
    processors: list[Text] = Field(default_factory=list, description="who processes it for the controller")

    @model_validator(mode="after")
    def _tells_all_of_people(self) -> "Processing":
        for field in ("data", "recipients", "security"):
            if self.people and not getattr(self, field):
                remedy = {"remedy": "Say it; of nobody or nothing, say so.", "at": (field,)}
                raise PydanticCustomError("empty", f"`{field}` says nothing, and it is about people", remedy)
        return self


class CityProcessing(_Part):
    """What a city itself does with personal data, beside what the program does for every city."""

    activities: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,58}$")], Processing] = Field(
        description="activities by key, which datasets and devices name; none of the program's own keys"
    )


class Party(_Part):
    """An organisation or a function in it, with how to reach it; never a person by name."""

    name: str | dict[str, str] = Field(description="its name, by language or the same in all")
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
    """Return the program's own activities by key. A model with personal data names its key in `processing`."""
    entries = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {key: Processing.model_validate(entry) for key, entry in entries.items()}


def activities(actor: Actor) -> dict[str, Processing]:
    """Return all activities of the actor's city by key: the program's own, and what the city does itself. 1 query."""
    told = accounts.tenant(actor.tenant_id).settings.get("processing", {})
    own = {key: Processing.model_validate(entry) for key, entry in told.items()}
    return {**own, **processing_register()}  # a key that the program takes later is the program's
