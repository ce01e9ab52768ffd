"""What devices measure, in the words that a reader chooses from."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(StrEnum):
    """What a device is for, roughly; its series say exactly what it measures."""

    PEOPLE = "people"
    BICYCLES = "bicycles"
    CARS = "cars"
    PARKING = "parking"
    AIR = "air"
    NOISE = "noise"
    WATER = "water"
    WEATHER = "weather"
    ENERGY = "energy"
    WASTE = "waste"
    OTHER = "other"


KIND_NAMES: dict[Kind, Promise] = {
    Kind.PEOPLE: _("passers-by"),
    Kind.BICYCLES: _("bicycles"),
    Kind.CARS: _("cars"),
    Kind.PARKING: _("places in car parks"),
    Kind.AIR: _("quality of the air"),
    Kind.NOISE: _("noise"),
    Kind.WATER: _("water"),
    Kind.WEATHER: _("weather"),
    Kind.ENERGY: _("energy"),
    Kind.WASTE: _("waste"),
    Kind.OTHER: _("something else"),
}


class State(StrEnum):
    """How a device does now. `SILENT`: one of its series has been missing for three times its interval."""

    MEASURING = "measuring"
    SILENT = "silent"
    WAITING = "waiting"
    INACTIVE = "inactive"


class Way(StrEnum):
    """By what an address names a device: its key, its entity, or one of its series by key or by number."""

    PAGE = "page"
    ENTITY = "entity"
    SERIES = "series"
    DATASTREAM = "datastream"


class Reader(StrEnum):
    """Who asks for the data of a device: a kind, never a person."""

    VISITOR = "visitor"
    STAFF = "staff"
    PROGRAM = "program"
    KEY = "key"


READER_NAMES: dict[Reader, Promise] = {
    Reader.VISITOR: _("Visitors of this page"),
    Reader.STAFF: _("Staff of the city, on this page"),
    Reader.PROGRAM: _("Programs of anyone, as open data"),
    Reader.KEY: _("Applications with a key of the city"),
}
