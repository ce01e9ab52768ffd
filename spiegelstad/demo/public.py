"""The door of the demonstration. It loads no room, because the process that supervises all others enters here.

The work is done by programs of their own: `demo.prepare` and `demo.live`.
"""

from spiegelstad.demo.cast import welcome
from spiegelstad.demo.files import data_folder

__all__ = ["data_folder", "welcome"]
