"""The door of the demonstration. It loads no room, because the process that supervises all others enters here.

The work is done by programs of their own: `demo.prepare` and `demo.live`, and those of `demo.region`.
"""

from spiegelstad.demo.cast import first_password, welcome
from spiegelstad.demo.files import data_folder
from spiegelstad.demo.region.cast import CITIES, REGION, REGION_NAME, DemoCity, host_of, welcome_to_region

__all__ = [
    "CITIES",
    "REGION",
    "REGION_NAME",
    "DemoCity",
    "data_folder",
    "first_password",
    "host_of",
    "welcome",
    "welcome_to_region",
]
