"""Two computations at once, and a process that dies in the midst of one."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from django.db import connection, connections

from spiegelstad.accounts.public import Actor
from spiegelstad.accounts.testing import make_tenant
from spiegelstad.indicators import models, public
from spiegelstad.indicators.testing import SECTORS, make_figures, make_population

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_at_once_compute_once(tmp_path: Path) -> None:
    tenant = make_tenant("teststad").id
    make_figures(tenant, tmp_path / "indicators")
    make_population(tenant, {**SECTORS, "W1A": [1, 2, 3]})
    done: list[int] = []

    def work() -> None:
        done.append(len(public.compute(by=Actor.system(tenant, "twice"))))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [0, 0, 1]
    assert models.Computation.objects.count() == 2 and models.Figure.objects.count() == 78


def test_lock_is_free_again_after_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = make_tenant("teststad").id
    make_figures(tenant, tmp_path / "indicators")
    make_population(tenant, {**SECTORS, "W1A": [1, 2, 3]})

    def fail(*args: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")

    with monkeypatch.context() as patch, pytest.raises(Exception, match="division by zero"):
        patch.setattr("spiegelstad.indicators.actions.compute._copy", fail)
        public.compute(by=Actor.system(tenant, "fails"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        assert cursor.fetchone() == (0,)
    assert len(public.compute(by=Actor.system(tenant, "again"))) == 1
