"""For how long streams keep all they told. Pure.

After that only the latest member of each thing that is there remains. Datasets say it themselves (`retention_days`);
for entities the city does: `streams: {days: …}` in city.yaml.
"""

from collections.abc import Mapping
from typing import Any

DAYS = 90


def days_of(tenant_settings: Mapping[str, Any]) -> int:
    """Return for how many days streams of entities keep all."""
    return int(tenant_settings.get("streams", {}).get("days", DAYS))
