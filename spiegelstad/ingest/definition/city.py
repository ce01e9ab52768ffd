"""The definition of a city: `sources/<city>/city.yaml`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from spiegelstad.governance.public import Controller
from spiegelstad.ingest.definition.columns import Part, Slug, Texts, wrong


class AreaType(Part):
    """A kind of area; a lower level is larger."""

    slug: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")] = Field(description="slug of the area type")
    name: Texts = Field(description="name by language")
    level: int = Field(ge=0, le=20, description="place in the hierarchy: a larger number lies inside a smaller")


class Department(Part):
    """A part of the organisation whose stewards answer for data."""

    slug: Slug = Field(description="slug of the department")
    name: Texts = Field(description="name by language")


class Closed(Part):
    """Who may read entities of a type, or an attribute of any entity."""

    classification: Literal["public", "internal", "confidential", "personal"] = Field(description="who may read it")
    department: Slug | Literal[""] = Field("", description="department whose stewards read what is confidential")


class LiveContext(Part):
    """What the city says of the live context."""

    classifications: dict[str, Closed] = Field(
        default_factory=dict, description="by type or attribute (name or IRI); what is not named is open"
    )


class Streams(Part):
    """What the city says of its event streams."""

    days: int = Field(90, ge=1, description="how long all changes of entities are told; then only the latest of each")


class Uploads(Part):
    """How data that residents share is looked at."""

    moderation: bool = Field(True, description="whether a steward looks before it is shown")
    department: Slug | Literal[""] = Field("", description="department whose stewards look; empty: any steward")


class DeviceGroup(Part):
    """Entities of the live context that are devices of the sensor register, and what readers are told of them."""

    type: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]*$")] = Field(description="entity type, for example Device")
    where: dict[str, str] = Field(default_factory=dict, description="only entities with these values, by attribute")
    kind: Slug = Field(description="what they measure: people, bicycles, cars, parking, air, noise, water, weather, …")
    department: Slug | Literal[""] = Field("", description="department that answers for them; none: they stay inactive")
    purpose: str = Field("", description="key of the processing register; none: they stay inactive")
    recognises_people: bool = Field(False, description="whether they can recognise people")
    safeguards: Texts | None = Field(None, description="what protects people, by language")
    stored_at: Texts | None = Field(None, description="where their data is, by language")
    since: str = Field("", description="attribute with the day from which one is there")


class CityDefinition(Part):
    """A city: names, extent, kinds of areas, departments, dashboard."""

    tenant: Slug = Field(description="identifier of the city in this installation")
    name: Texts = Field(description="name by language")
    host: str = Field("", description="host name that shows this city")
    region: bool = Field(False, description="whether it is a region, whose broker answers for others: `/region`")
    languages: list[str] = Field(min_length=1, description="languages, the first is the default")
    bbox: tuple[float, float, float, float] = Field(description="min lon, min lat, max lon, max lat (WGS84)")
    area_types: list[AreaType] = Field(min_length=1, description="kinds of areas")
    departments: list[Department] = Field(min_length=1, description="departments")
    dashboard: dict[str, Any] = Field(default_factory=dict, description="`tiles`: indicator slugs; `map`: an indicator")
    context: LiveContext = Field(default_factory=LiveContext, description="what is closed in the live context")
    streams: Streams = Field(default_factory=Streams, description="for how long event streams tell all")
    uploads: Uploads = Field(default_factory=Uploads, description="data that residents share, at `/access/uploads`")
    devices: list[DeviceGroup] = Field(default_factory=list, description="what is in the sensor register")
    privacy: Controller | None = Field(
        None, description="who answers for personal data, for the processing register; required where there is any"
    )
    order: list[Slug] = Field(default_factory=list, description="sources that run first, in this order")

    @model_validator(mode="after")
    def _sound(self) -> CityDefinition:
        west, south, east, north = self.bbox
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise wrong(
                "the box isn't west, south, east, north in degrees", "Write [3.58, 50.97, 3.85, 51.19].", "bbox"
            )
        for key, slugs in (
            ("area_types", [part.slug for part in self.area_types]),
            ("departments", [part.slug for part in self.departments]),
            ("order", list(self.order)),
        ):
            for number, slug in enumerate(slugs):
                if slug in slugs[:number]:
                    raise wrong(f"`{slug}` stands here twice", "Keep one of the two.", key, number)
        known = {part.slug for part in self.departments}
        for name, closed in self.context.classifications.items():
            if closed.department and closed.department not in known:
                raise wrong(
                    f"there is no department `{closed.department}`", f"Known: {', '.join(sorted(known))}.",
                    "context", "classifications", name, "department",
                )  # fmt: skip
        if self.uploads.department and self.uploads.department not in known:
            raise wrong(
                f"there is no department `{self.uploads.department}`", f"Known: {', '.join(sorted(known))}.",
                "uploads", "department",
            )  # fmt: skip
        for number, group in enumerate(self.devices):
            if group.department and group.department not in known:
                raise wrong(
                    f"there is no department `{group.department}`", f"Known: {', '.join(sorted(known))}.",
                    "devices", number, "department",
                )  # fmt: skip
        return self
