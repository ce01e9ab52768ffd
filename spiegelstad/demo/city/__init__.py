"""An invented Flemish city, made from a seed: geometry, people, statistics, sensors, and the files its departments export.

Pure: no Django, no database. `generate` writes the files; `sensor_readings` continues the sensors in real time.
"""

from __future__ import annotations

from spiegelstad.demo.city.generating import Planted, generate
from spiegelstad.demo.city.scale import LARGEST, SMALLEST

__all__ = ["LARGEST", "SMALLEST", "Planted", "generate"]
