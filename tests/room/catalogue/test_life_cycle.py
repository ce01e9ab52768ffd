"""The life of a dataset through its door: who may, holds, announcements, and destruction."""

import datetime as dt

import pytest

from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.base.models import OutboxEvent
from spiegelstad.catalogue import keeping, models, store
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.jobs import keep_house
from spiegelstad.catalogue.public import Change, Status
from spiegelstad.catalogue.testing import make_dataset, make_version
from spiegelstad.governance.models import AuditEntry
from spiegelstad.governance.public import NotAllowed, SignInNeeded, verify_audit

DEPRECATED, ARCHIVED = Change(Status.DEPRECATED, "There is a better one."), Change(Status.ARCHIVED, "Nobody uses it.")
DESTROYED = Change(Status.DESTROYED, "The law says so.")


def today() -> dt.date:
    return now().astimezone(BRUSSELS).date()


@pytest.fixture
def counts(tenant):
    make_dataset(tenant, "counts")
    make_dataset(tenant, "better")
    return make_version(tenant, "counts")


def archived(people, slug="counts"):
    for change in (DEPRECATED, ARCHIVED):
        catalogue.change_status(by=people.steward, slug=slug, change=change)


def told_long_ago(slug="counts"):
    """Let the announcement be as old as it has to be, and its day be here."""
    models.Dataset.objects.filter(slug=slug).update(planned_at=now() - dt.timedelta(days=31), planned_on=today())


def test_steward_deprecates_and_says_what_is_better(people, counts):
    change = Change(Status.DEPRECATED, "There is a better one.", replaced_by="better")
    catalogue.change_status(by=people.steward, slug="counts", change=change)
    found = catalogue.dataset(people.nobody, "counts")
    assert (found.status, found.status_reason, found.replaced_by) == ("deprecated", change.reason, "better")
    entry = AuditEntry.objects.order_by("sequence").last()
    assert (entry.act, entry.reason, entry.actor_id) == ("catalogue.change_status", change.reason, people.steward.id)
    assert entry.details["before"] == "published"
    event = OutboxEvent.objects.get(type="catalogue.status_changed")
    assert (event.payload["slug"], event.payload["status"]) == ("counts", "deprecated")
    with pytest.raises(catalogue.WrongChange):
        catalogue.change_status(by=people.steward, slug="better", change=Change(Status.DEPRECATED, "x", "nothing"))


@pytest.mark.parametrize("who", ["resident", "clerk", "other_steward", "analyst", "nobody", "foreigner"])
def test_others_change_nothing(people, counts, who):
    by, refused = getattr(people, who), (NotAllowed, SignInNeeded, catalogue.NoSuchDataset)
    for act in (
        lambda: catalogue.change_status(by=by, slug="counts", change=DEPRECATED),
        lambda: catalogue.announce_change(by=by, slug="counts", change=DEPRECATED, on=today() + dt.timedelta(days=3)),
        lambda: catalogue.withdraw_announcement(by=by, slug="counts", reason="x"),
        lambda: catalogue.set_hold(by=by, slug="counts", reason="x"),
        lambda: catalogue.lift_hold(by=by, slug="counts", reason="x"),
    ):
        with pytest.raises(refused):
            act()
    row = models.Dataset.objects.get(slug="counts")
    assert (row.status, row.legal_hold, row.planned_status) == ("published", "", "")


def test_draft_is_for_its_stewards_until_they_publish_it(people, tenant):
    make_dataset(tenant, "draft", is_draft=True)
    for who in (people.nobody, people.clerk, people.other_steward):
        with pytest.raises(catalogue.NoSuchDataset):
            catalogue.dataset(who, "draft")
        with pytest.raises(catalogue.NoSuchDataset):
            catalogue.change_status(by=who, slug="draft", change=Change(Status.PUBLISHED, "x"))
    assert [one.slug for one in catalogue.registered(people.nobody)] == []
    catalogue.change_status(by=people.steward, slug="draft", change=Change(Status.PUBLISHED, "Looked at."))
    assert catalogue.dataset(people.nobody, "draft").status == "published"
    make_dataset(tenant, "draft", is_draft=True, theme="air")
    assert catalogue.dataset(people.nobody, "draft").status == "published", "a declaration changes no status"


def test_hold_stops_every_way_to_delete(people, counts):
    make_dataset(people.steward.tenant_id, "counts", retention_days=1)
    newer = make_version(people.steward.tenant_id, "counts", quality=None, columns=())
    assert newer.id == counts.id, "the same content makes no version"
    import pyarrow as pa

    make_version(people.steward.tenant_id, "counts", pa.table({"place": ["Dampoort"], "count": [9]}))
    catalogue.set_hold(by=people.steward, slug="counts", reason="A case at court.")
    with pytest.raises(catalogue.UnderHold, match="A case at court"):
        catalogue.delete_version(by=people.steward, version_id=counts.id, reason="old")
    later = now() + dt.timedelta(days=900)
    assert keeping.apply_retention(by=people.system, at=later).deleted == ()
    archived(people)
    catalogue.announce_change(by=people.steward, slug="counts", change=Change(Status.PUBLISHED, "x"), on=later.date())
    with pytest.raises(catalogue.WrongChange, match="A case at court"):
        catalogue.announce_change(by=people.steward, slug="counts", change=DESTROYED, on=later.date())
    assert models.Version.objects.filter(dataset__slug="counts").count() == 2
    with pytest.raises(NotAllowed):
        catalogue.lift_hold(by=people.steward, slug="counts", reason="I want to delete it.")
    catalogue.lift_hold(by=people.administrator, slug="counts", reason="The case is closed.")
    assert keeping.apply_retention(by=people.system, at=later).deleted == (counts.id,)
    acts = list(AuditEntry.objects.filter(act__contains="hold").values_list("act", "reason"))
    assert acts == [("catalogue.set_hold", "A case at court."), ("catalogue.lift_hold", "The case is closed.")]
    assert verify_audit(people.steward.tenant_id) == []


def test_destruction_is_told_before_and_leaves_the_description(people, counts, django_capture_on_commit_callbacks):
    archived(people)
    file = store.path_of(counts.content_hash)
    with pytest.raises(catalogue.WrongChange):
        catalogue.change_status(by=people.steward, slug="counts", change=DESTROYED)
    with pytest.raises(catalogue.WrongChange):
        catalogue.announce_change(by=people.steward, slug="counts", change=DESTROYED, on=today() + dt.timedelta(29))
    with pytest.raises(catalogue.WrongDay):
        catalogue.announce_change(by=people.steward, slug="counts", change=DESTROYED, on=today())
    catalogue.announce_change(by=people.steward, slug="counts", change=DESTROYED, on=today() + dt.timedelta(30))
    found = catalogue.dataset(people.nobody, "counts")
    assert (found.planned_status, found.planned_on) == ("destroyed", today() + dt.timedelta(30))
    assert catalogue.carry_out_changes(by=people.system) == [] and file.exists()
    told_long_ago()
    with django_capture_on_commit_callbacks(execute=True):
        keep_house(timestamp=0)
    gone = catalogue.dataset(people.nobody, "counts")
    assert (gone.status, gone.current, gone.planned_status) == ("destroyed", None, "")
    assert gone.title["nl"] == "Gegevens counts" and gone.status_reason == DESTROYED.reason
    assert not file.exists() and catalogue.versions(people.nobody, "counts") == []
    with pytest.raises(catalogue.DatasetClosed):
        make_version(people.steward.tenant_id, "counts")


@pytest.mark.parametrize("access", ["public", "confidential"])
def test_nothing_is_destroyed_before_the_day_that_users_were_told(people, counts, access):
    archived(people)
    models.Dataset.objects.filter(slug="counts").update(classification=access, classification_reason="x")
    catalogue.announce_change(by=people.steward, slug="counts", change=DESTROYED, on=today() + dt.timedelta(90))
    models.Dataset.objects.filter(slug="counts").update(
        planned_at=now() - dt.timedelta(31), planned_on=today() + dt.timedelta(59)
    )
    with pytest.raises(catalogue.WrongChange):
        catalogue.change_status(by=people.steward, slug="counts", change=DESTROYED)
    assert catalogue.dataset(people.administrator, "counts").current is not None
    catalogue.announce_change(by=people.steward, slug="counts", change=DESTROYED, on=today() + dt.timedelta(31))
    events = OutboxEvent.objects.filter(type="catalogue.change_announced").order_by("id")
    assert [one.payload["on"] for one in events][-1] == (today() + dt.timedelta(31)).isoformat(), "users are told"
    told_long_ago()
    catalogue.change_status(by=people.steward, slug="counts", change=DESTROYED)


def test_file_that_another_dataset_shares_stays(people, counts, django_capture_on_commit_callbacks):
    twin = make_version(people.steward.tenant_id, "better")
    assert twin.content_hash == counts.content_hash
    archived(people)
    catalogue.announce_change(by=people.steward, slug="counts", change=DESTROYED, on=today() + dt.timedelta(30))
    told_long_ago()
    with django_capture_on_commit_callbacks(execute=True):
        catalogue.carry_out_changes(by=people.system)
    assert store.path_of(twin.content_hash).exists()


def test_nothing_is_destroyed_on_which_something_rests(people, counts):
    make_version(people.steward.tenant_id, "better", inputs=[counts.id], activity="freeze")
    archived(people)
    catalogue.announce_change(by=people.steward, slug="counts", change=DESTROYED, on=today() + dt.timedelta(30))
    told_long_ago()
    assert catalogue.carry_out_changes(by=people.system) == []
    found = catalogue.dataset(people.nobody, "counts")
    assert found.status == "archived" and found.current is not None and found.planned_status == "destroyed"


def test_announcement_can_be_taken_back(people, counts):
    catalogue.announce_change(by=people.steward, slug="counts", change=DEPRECATED, on=today() + dt.timedelta(3))
    catalogue.withdraw_announcement(by=people.steward, slug="counts", reason="It is used after all.")
    told_long_ago()
    models.Dataset.objects.filter(slug="counts").update(planned_on=None)
    assert catalogue.carry_out_changes(by=people.system) == []


def test_register_tells_that_closed_data_exists_and_not_what_it_holds(people, tenant):
    make_dataset(tenant, "open")
    make_dataset(tenant, "closed", classification="confidential", classification_reason="People at risk.",
                 review_on=dt.date(2027, 1, 1), description={"nl": "Adressen van schuilplaatsen"})  # fmt: skip
    make_version(tenant, "closed")
    for who, readable in ((people.nobody, False), (people.steward, True)):
        closed, open_ = catalogue.registered(who)
        assert (closed.slug, open_.slug) == ("closed", "open") and open_.is_readable
        assert (closed.classification_reason, closed.review_on) == ("People at risk.", dt.date(2027, 1, 1))
        assert closed.is_readable is readable and (closed.renewed_at is not None) is readable
        assert "schuilplaatsen" not in str(closed) and "count" not in str(closed)
    assert catalogue.registered(people.foreigner) == []
