"""Traceable use: counted by day, way and told purpose, never by reader; and sharing back followed up."""

import csv
import datetime as dt
import io

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from spiegelstad.accounts.testing import make_key
from spiegelstad.base.clock import now
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.models import Showcase
from spiegelstad.catalogue.testing import make_dataset, make_version
from spiegelstad.governance.public import NotAllowed, SignInNeeded
from spiegelstad.stewardship import models
from spiegelstad.stewardship import public as stewardship
from spiegelstad.stewardship.jobs import remind_all
from spiegelstad.stewardship.queries.uses import NothingToFollowUp
from spiegelstad.stewardship.uses import tally

HERE = {"host": "localhost"}
ODBL = "https://opendatacommons.org/licenses/odbl/1-0/"


@pytest.fixture
def trees(tenant):
    tally.flush()
    make_dataset(tenant, "trees", licence_uri=ODBL)
    make_version(tenant, "trees")
    return tenant


def counted(tenant):
    rows = models.Use.objects.filter(tenant_id=tenant)
    return {(way, purpose): times for way, purpose, times in rows.values_list("way", "purpose", "times")}


def test_uses_are_counted_by_way_and_told_purpose(client, trees):
    secret, _ = make_key(trees, ["data:read"])
    client.get("/data/trees", headers=HERE)
    client.get("/data/trees/versions/1.csv?purpose=research", headers=HERE)
    client.get("/data/trees/versions/1.csv?purpose=<script>", headers=HERE)
    for _ in range(2):
        told = {**HERE, "Data-Purpose": "app", "Authorization": f"Bearer {secret}"}
        client.get("/api/datasets/trees", headers=told)
    client.get("/data/nothing", headers=HERE)
    tally.flush()
    assert counted(trees) == {
        ("page", "not-told"): 1, ("download", "research"): 1, ("download", "not-told"): 1, ("api", "app"): 2,
    }  # fmt: skip


def test_counting_asks_nothing_of_the_database(client, trees):
    with CaptureQueriesContext(connection) as queries:
        client.get("/data/trees", headers=HERE)
    assert "stewardship" not in str(list(queries))


def test_nothing_of_a_reader_is_kept():
    fields = {field.name for field in models.Use._meta.fields}
    assert fields == {"id", "tenant", "dataset", "on", "way", "purpose", "times"}


def test_counts_are_shown_and_exported(client, trees):
    client.get("/data/trees/versions/1.csv?purpose=research", headers=HERE)
    tally.flush()
    text = client.get("/register/datasets/trees", headers=HERE).content.decode()
    assert "onderzoek" in text[text.index("use-title") :]
    [row] = csv.DictReader(io.StringIO(client.get("/register/datasets/trees/uses.csv", headers=HERE).content.decode()))
    assert (row["way"], row["purpose"], row["times"]) == ("download", "research", "1")


def test_cities_count_for_themselves(client, trees, other_tenant):
    make_dataset(other_tenant, "trees")
    client.get("/data/trees", headers={"host": "anderstad.localhost"})
    tally.flush()
    assert counted(trees) == {} and counted(other_tenant) == {("page", "not-told"): 1}


@pytest.fixture
def app(trees):
    return Showcase.objects.create(
        tenant_id=trees, title="Boomapp", url="https://app.example.org/", description="Alle bomen", maker="Bo",
        email="bo@app.example", datasets=["trees"], sent_at=now() - dt.timedelta(days=31), state="shown",
    )  # fmt: skip


def test_maker_is_reminded_of_sharing_back(app, people):
    for _ in range(2):
        remind_all(timestamp=0)
    [letter] = mail.outbox
    assert letter.to == ["bo@app.example"] and "Boomapp" in letter.body
    Showcase.objects.update(sent_at=now() - dt.timedelta(days=81))
    for _ in range(2):
        remind_all(timestamp=0)
    assert len(mail.outbox) == 2 and models.FollowUp.objects.get().reminders == 2


def test_duty_to_share_back_is_not_forgotten_for_what_came_after_it(app, people, client):
    """Nor is who made it left out of the mails, however many others made something since."""
    newer = [
        Showcase(
            tenant_id=app.tenant_id, title=f"Nieuwer {number}", url="https://x.example/", description="x", maker="Bo",
            datasets=app.datasets, sent_at=now(), decided_at=now(), state="shown",
        )
        for number in range(201)
    ]  # fmt: skip
    Showcase.objects.filter(pk=app.pk).update(decided_at=now() - dt.timedelta(days=31))
    Showcase.objects.bulk_create(newer)
    assert stewardship.remind(by=people.system) == 1
    assert [letter.to for letter in mail.outbox] == [[app.email]]
    change = catalogue.Change(catalogue.Status.DEPRECATED, "Oud.")
    catalogue.change_status(by=people.steward, slug=app.datasets[0], change=change)
    stewardship.on_status_changed(catalogue.StatusChanged(
        tenant_id=app.tenant_id, slug=app.datasets[0], before="published", status="deprecated"
    ))  # fmt: skip
    assert len(mail.outbox) == 2
    client.force_login(get_user_model().objects.get(pk=people.steward.id.removeprefix("person:")))
    address = f"/register/uses/{app.id}/settle"
    assert address in client.get("/register/uses", headers=HERE).content.decode()
    assert client.get(address, headers=HERE).status_code == 200


def test_steward_writes_down_what_came_of_it(app, people, client):
    page = f"/register/uses/{app.id}/settle"
    form = {"shared_url": "https://app.example.org/trees.csv", "note": "Ze deelden 40 bomen."}
    assert client.post(page, form, headers=HERE)["Location"].startswith("/accounts/login/")
    public = client.get("/register/uses", headers=HERE).content.decode()
    assert "Boomapp" in public and "moet terugdelen" in public and "Op te volgen" not in public
    assert "bo@app.example" not in public
    client.force_login(get_user_model().objects.get(pk=people.steward.id.removeprefix("person:")))
    assert "Op te volgen" in client.get("/register/uses", headers=HERE).content.decode()
    assert client.get(page, headers=HERE).status_code == 200
    assert client.post(page, form, headers=HERE).status_code == 303
    public = client.get("/register/uses", headers=HERE).content.decode()
    assert "deelt terug" in public and "trees.csv" in public and "Op te volgen" not in public
    remind_all(timestamp=0)
    assert mail.outbox == []


def test_others_settle_nothing(app, people):
    for who in (people.resident, people.clerk, people.nobody):
        with pytest.raises((NotAllowed, SignInNeeded)):
            stewardship.settle(by=who, showcase_id=app.id, shared_url="", note="x")
    with pytest.raises(NothingToFollowUp):
        stewardship.settle(by=people.foreigner, showcase_id=app.id, shared_url="", note="x")
    with pytest.raises(NotAllowed):
        stewardship.remind(by=people.administrator)


def test_data_with_another_licence_asks_nothing_back(app, people, trees):
    make_dataset(trees, "trees")
    remind_all(timestamp=0)
    assert mail.outbox == []
