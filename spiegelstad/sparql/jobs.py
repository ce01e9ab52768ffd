"""What linked data does by itself."""

from spiegelstad.base.jobs import task
from spiegelstad.sparql.building import refresh_all


@task("sparql.refresh", lock="sparql.refresh", periodic="* * * * *")
def refresh(timestamp: int) -> None:
    """Every minute: bring the stores up to date."""
    refresh_all()
