"""The page of notifications that were given up: who sees it, and sending one again."""

import pytest

from spiegelstad.accounts.models import User
from spiegelstad.accounts.public import Actor
from spiegelstad.context.actions.notifications import NotTold, forget_dead_letters, send_again
from spiegelstad.context.errors import ResourceNotFound
from spiegelstad.context.jobs import keep_house
from spiegelstad.context.models import Notification, Subscription
from spiegelstad.context.queries.notifications import dead_letters, failing
from spiegelstad.governance.models import AuditEntry
from spiegelstad.governance.public import NotAllowed, SignInNeeded

WHEN = "2026-01-01T00:00Z"


def make_subscription(tenant_id, uri="urn:x:s", **fields):
    endpoint = {"uri": "https://user:secret@example.org/notify?token=secret"}
    document = {"id": uri, "type": "Subscription", "notification": {"endpoint": endpoint}}
    made = {"tenant_id": tenant_id, "uri": uri, "document": document, "context": {}, "owner": "system:tests"}
    return Subscription.objects.create(**made, created_at=WHEN, modified_at=WHEN, **fields)


def make_letter(subscription, *, dead_at=WHEN, **fields):
    made = {"tenant_id": subscription.tenant_id, "uri": "urn:x:n", "entities": ["urn:x:1"], "data": "[]"}
    given = {"made_at": WHEN, "attempts": 8, "last_error": "The receiver answered 500.", **fields}
    return Notification.objects.create(subscription=subscription, dead_at=dead_at, **made, **given)


def sign_in(client, actor):
    client.force_login(User.objects.get(pk=actor.id.removeprefix("person:")))


def test_dead_letters_show_the_city_and_no_secrets(people, tenant, other_tenant):
    ours = make_letter(make_subscription(tenant))
    make_letter(make_subscription(other_tenant))
    make_letter(ours.subscription, dead_at=None)
    found, of_all = dead_letters(people.steward)
    assert ([letter.id for letter in found], of_all) == ([ours.pk], 1)
    assert "secret" not in str(found)


def test_failing_receivers_show_what_waits(people, tenant):
    failed = make_subscription(tenant, failures=3, last_error="away")
    make_letter(failed, dead_at=None)
    make_subscription(tenant, "urn:x:fine")
    make_subscription(tenant, "urn:x:paused", failures=3, is_active=False)
    (one,) = failing(people.steward)
    assert (one.subscription, one.receiver, one.waiting, one.error) == ("urn:x:s", "example.org", 1, "away")


@pytest.mark.parametrize("name", ["resident", "clerk", "analyst", "nobody"])
def test_notifications_are_not_for(people, tenant, name):
    letter = make_letter(make_subscription(tenant))
    with pytest.raises((NotAllowed, SignInNeeded)):
        dead_letters(getattr(people, name))
    with pytest.raises((NotAllowed, SignInNeeded)):
        send_again(by=getattr(people, name), number=letter.pk)


def test_send_again_puts_it_back_in_the_queue_and_is_recorded(people, tenant):
    letter = make_letter(make_subscription(tenant, failures=9, retry_at="2100-01-01T00:00Z"))
    with pytest.raises(ResourceNotFound):
        send_again(by=people.foreigner, number=letter.pk)
    send_again(by=people.steward, number=letter.pk)
    letter.refresh_from_db()
    assert (letter.dead_at, letter.attempts) == (None, 0)
    assert (letter.subscription.failures, letter.subscription.retry_at) == (0, None)
    assert AuditEntry.objects.filter(tenant_id=tenant, act="context.send_notification_again").count() == 1
    with pytest.raises(ResourceNotFound):
        send_again(by=people.steward, number=letter.pk)


@pytest.mark.parametrize("over", [{"is_active": False}, {"expires_at": WHEN}])
def test_nothing_is_sent_again_where_nothing_is_told(people, tenant, over):
    """The notifier would throw it away: what waits for a subscription that is paused or over is not sent."""
    letter = make_letter(make_subscription(tenant, **over))
    with pytest.raises(NotTold):
        send_again(by=people.steward, number=letter.pk)
    letter.refresh_from_db()
    assert letter.dead_at is not None


def test_forget_takes_old_dead_letters_only(people, tenant):
    row = make_subscription(tenant)
    make_letter(row)
    make_letter(row, dead_at=None)
    with pytest.raises(NotAllowed):
        forget_dead_letters(by=people.clerk, older_than_days=1, reason="policy")
    assert forget_dead_letters(by=people.administrator, older_than_days=1, reason="policy") == 1
    assert Notification.objects.count() == 1


def test_house_is_kept_for_every_city(tenant, other_tenant):
    for one in (tenant, other_tenant):
        make_letter(make_subscription(one))
    keep_house(timestamp=0)
    assert not Notification.objects.exists()


def test_page_lists_and_sends_again_with_few_queries(client, people, tenant, django_assert_max_num_queries):
    row = make_subscription(tenant, failures=1)
    letters = [make_letter(row) for _ in range(30)]
    make_letter(row, dead_at=None)
    sign_in(client, people.steward)
    with django_assert_max_num_queries(15):
        answer = client.get("/notifications?page=2", HTTP_HOST="teststad.localhost")
    assert "The receiver answered 500." in answer.content.decode()
    answer = client.post(f"/notifications/{letters[0].pk}/again", HTTP_HOST="teststad.localhost", follow=True)
    assert answer.status_code == 200
    assert Notification.objects.filter(dead_at=None).count() == 2


@pytest.mark.parametrize("page", ["99", "0", "-1", "x", "²", "9" * 30])
def test_page_that_is_not_there_leads_to_the_first(client, people, tenant, page):
    make_letter(make_subscription(tenant))
    sign_in(client, people.steward)
    answer = client.get("/notifications", {"page": page}, HTTP_HOST="teststad.localhost", follow=True)
    assert "example.org" in answer.content.decode()


def test_page_without_dead_letters_says_so(client, people):
    sign_in(client, people.steward)
    answer = client.get("/notifications?lang=en", HTTP_HOST="teststad.localhost")
    assert "Nothing was given up" in answer.content.decode()


def test_page_asks_nobody_to_sign_in(client, people):
    answer = client.get("/notifications", HTTP_HOST="teststad.localhost")
    assert answer.status_code == 303


def test_system_sees_all_of_its_city(tenant):
    make_letter(make_subscription(tenant))
    assert dead_letters(Actor.system(tenant, "operator"))[1] == 1
