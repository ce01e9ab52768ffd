"""A version on which a real figure rests cannot go, whoever asks, and retention leaves it alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from spiegelstad.catalogue import keeping, public
from spiegelstad.catalogue.testing import make_version
from spiegelstad.indicators.testing import make_figures, make_population

pytestmark = pytest.mark.django_db


def test_version_under_a_figure_stays(tenant: str, people: Any, tmp_path: Path) -> None:
    make_figures(tenant, tmp_path)
    used = public.current_version(people.nobody, "population")

    with pytest.raises(public.VersionInUse):
        public.delete_version(by=people.administrator, version_id=used.id, reason="tidying up")

    assert public.current_version(people.nobody, "population") == used


def test_retention_leaves_a_version_under_a_figure(tenant: str, people: Any, tmp_path: Path) -> None:
    make_figures(tenant, tmp_path)
    used = public.current_version(people.nobody, "population")
    make_population(tenant, {"W1A": [1]}, retention_days=1)
    unused = make_version(tenant, "population", public.query(people.system, "SELECT * FROM p", tables={"p": used.id}))
    later = datetime.now(UTC) + timedelta(days=2)

    done = keeping.apply_retention(by=people.system, at=later)

    assert done.in_use == (used.id,)
    assert {version.id for version in public.versions(people.nobody, "population")} >= {used.id, unused.id}
    assert len(done.deleted) == 1
