"""An invented Flemish city, made from a seed: geometry, people, statistics, sensors, and the files of its departments.

Pure: no Django, no database. `generate` writes the files; `readings_at` continues the sensors in real time.
"""

from __future__ import annotations

from spiegelstad.demo.city.generating import Planted, generate
from spiegelstad.demo.city.readings import Reading, readings_at
from spiegelstad.demo.city.scale import LARGEST, SMALLEST
from spiegelstad.demo.city.sensors import Sensor, read_sensors

__all__ = ["LARGEST", "SMALLEST", "Planted", "Reading", "Sensor", "generate", "read_sensors", "readings_at"]
