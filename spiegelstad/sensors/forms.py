"""What a reader asks the register, by address so that it can be shared; and what a steward tells of a device."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor, Role
from spiegelstad.base.localised import in_language
from spiegelstad.governance.public import activities
from spiegelstad.mirror import public as mirror
from spiegelstad.places import public as places
from spiegelstad.sensors import models
from spiegelstad.sensors.rules import RESERVED, DeviceIn, problems
from spiegelstad.sensors.vocabulary import KIND_NAMES, Kind

LONGEST_TEXT = 2_000
_BY_LANGUAGE = ("name", "safeguards", "stored_at")


class Search(forms.Form):
    """A street or address, and a kind; both may be left open."""

    q = forms.CharField(label=_("Street or address"), max_length=200, required=False)
    kind = forms.ChoiceField(label=_("What it measures"), required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        _offer(self, "kind", [("", _("Everything")), *((kind.value, name) for kind, name in KIND_NAMES.items())])


def _offer(form: forms.Form, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)


def _long(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, required=False, max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class DescribeDevice(forms.Form):
    """All that a steward tells of a device. `present`: what the register has, when it is changed and not new."""

    name_nl = forms.CharField(label=_("Name in Dutch"), max_length=200)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    key = forms.CharField(
        label=_("Code on the pole"), max_length=200, required=False,
        help_text=_("The last part of its address: small letters, digits and hyphens. Empty: made from the name."),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("What it measures"))
    department = forms.ChoiceField(
        label=_("Owner"), required=False, help_text=_("The department that answers for it."),
    )  # fmt: skip
    purpose = forms.ChoiceField(
        label=_("Purpose"), required=False,
        help_text=_("From the processing register. Without a purpose it cannot be taken into use."),
    )  # fmt: skip
    recognises_people = forms.BooleanField(label=_("It can recognise people"), required=False)
    safeguards_nl = _long(_("What protects people, in Dutch"), _("Needed when it can recognise people."))
    safeguards_en = _long(_("What protects people, in English"))
    stored_at_nl = _long(_("Where the data is, in Dutch"))
    stored_at_en = _long(_("Where the data is, in English"))
    since = forms.DateField(
        label=_("There since"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    address = forms.CharField(
        label=_("Street and number"), max_length=200, required=False,
        help_text=_("We look up where that is. Empty: the place below."),
    )  # fmt: skip
    lon = forms.FloatField(label=_("Longitude in degrees"), required=False, min_value=-180, max_value=180)
    lat = forms.FloatField(label=_("Latitude in degrees"), required=False, min_value=-90, max_value=90)
    entity_id = forms.CharField(
        label=_("Entity of the live context"), max_length=300, required=False,
        help_text=_("Its URN, for example urn:ngsi-ld:Device:oak. All its series are then shown."),
    )  # fmt: skip
    series = _long(_("Other series"), _("Their keys, one on each line."))

    def __init__(self, data: Any = None, *, actor: Actor, present: DeviceIn | None = None) -> None:
        super().__init__(data, initial=_initial(present) if present else {"recognises_people": False})
        self.actor, self.present = actor, present
        if present is not None:
            del self.fields["key"]  # what is printed on poles stays
        everywhere = Role.ADMINISTRATOR in actor.roles
        names = accounts.departments(actor.tenant_id)
        mine = {slug: name for slug, name in names.items() if everywhere or slug in actor.departments}
        none = [("", _("None yet"))] if everywhere else []
        self.fields["department"].required = not everywhere
        _offer(self, "department", [*none, *((slug, in_language(name)) for slug, name in mine.items())])
        _offer(self, "kind", KIND_NAMES.items())
        purposes = [(key, in_language(one.name)) for key, one in activities(actor).items()]
        _offer(self, "purpose", [("", _("None yet")), *purposes])

    def clean_key(self) -> str:
        """Refuse a code that is another device's, or that is no address."""
        key = str(self.cleaned_data["key"]) or slugify(str(self.cleaned_data.get("name_nl", "")))
        if slugify(key) != key or not key or key in RESERVED:
            raise ValidationError(gettext("Use small letters, digits and hyphens, and not the word “new”."))
        if models.Device.objects.filter(tenant_id=self.actor.tenant_id, key=key).exists():
            raise ValidationError(gettext("Another device has this code already."))
        return key

    def clean_series(self) -> tuple[str, ...]:
        """Refuse series that are not there, by name."""
        keys = tuple(dict.fromkeys(str(self.cleaned_data["series"]).split()))
        known = {one.key for one in mirror.series(self.actor, keys=keys)} if keys else set()
        if absent := [key for key in keys if key not in known]:
            raise ValidationError(gettext("There is no series {names}.").format(names=", ".join(absent)))
        return keys

    def clean_entity_id(self) -> str:
        """Refuse what is no URI: nothing would be found under it."""
        uri = str(self.cleaned_data["entity_id"])
        if uri and (":" not in uri or any(character.isspace() for character in uri)):
            raise ValidationError(gettext("This is no URN: it has no colon, or a space."))
        return uri

    def clean(self) -> dict[str, Any]:
        """Find the place, and refuse what an active device may not lack."""
        given = super().clean() or self.cleaned_data
        if given.get("address"):
            hits = places.search_addresses(self.actor, given["address"], limit=1)
            if hits:
                given["lon"], given["lat"] = hits[0].lon, hits[0].lat
            else:
                self.add_error("address", gettext("We do not know this street or address."))
        elif (given.get("lon") is None) != (given.get("lat") is None):
            self.add_error("lat", gettext("A place has a longitude and a latitude: give both, or neither."))
        if any(not math.isfinite(given.get(name) or 0.0) for name in ("lon", "lat")):
            self.add_error("lat", gettext("A place is two numbers in degrees."))
        if not self.errors and self.present is not None and self.present.is_active:
            departments = accounts.departments(self.actor.tenant_id)
            for field, reason in problems(self.device(), departments, activities(self.actor)).items():
                self.add_error(field if field in self.fields else f"{field}_nl", reason)
        return given

    def device(self) -> DeviceIn:
        """Return the device that was described; whether it is in use, and who may see it, stay as they are."""
        given = self.cleaned_data
        told: dict[str, Any] = {
            name: {code: given[f"{name}_{code}"] for code in ("nl", "en") if given[f"{name}_{code}"]}
            for name in _BY_LANGUAGE
        }
        plain = ("department", "purpose", "recognises_people", "since", "lon", "lat", "entity_id", "series")
        told |= {name: given[name] for name in plain} | {"kind": Kind(given["kind"])}
        if self.present is not None:
            return replace(self.present, **told)
        return DeviceIn(key=given["key"], **told)


def _initial(present: DeviceIn) -> dict[str, Any]:
    shown = asdict(present)
    for name in _BY_LANGUAGE:
        shown |= {f"{name}_{code}": shown[name].get(code, "") for code in ("nl", "en")}
    return {**shown, "series": "\n".join(present.series)}
