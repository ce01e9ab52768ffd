"""Two cities for the walks through every address, made once for each file of tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from spiegelstad.sparql.building import refresh_all
from tests.spec.cities import City, make_city


@pytest.fixture(scope="module")
def _made_cities(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[tuple[City, City], Path]]:
    """Make both cities in a transaction that is never committed."""
    from django.conf import settings

    folder = tmp_path_factory.mktemp("cities")
    datasets, settings.DATASETS = settings.DATASETS, folder / "datasets"
    with django_db_blocker.unblock(), transaction.atomic():
        transaction.get_connection().atomic_blocks[
            -1
        ]._from_testcase = True  # lets acts insist on their own transaction
        try:
            yield (
                (
                    make_city("zebrastad", "Zebra", 71, "gold", folder),
                    make_city("anderstad", "Ander", 83, "lead", folder),
                ),
                folder,
            )
        finally:
            settings.DATASETS = datasets
            transaction.set_rollback(True)


@pytest.fixture
def cities(_made_cities: tuple[tuple[City, City], Path], db: None, settings: Any) -> tuple[City, City]:
    """Give (Zebrastad, Anderstad); what a test changes is undone after it."""
    both, folder = _made_cities
    settings.DATASETS, settings.LINKED_DATA = folder / "datasets", folder / "sparql"
    refresh_all()
    return both
