"""The administrator's page of API keys: for administrators only, and the key is shown once."""

import re

import pytest
from django.test import Client

from spiegelstad.accounts.models import ApiKey, User
from spiegelstad.accounts.public import actor_of_key


@pytest.fixture
def as_person(people):
    def sign_in(who):
        client = Client()
        client.force_login(User.objects.get(id=getattr(people, who).id.removeprefix("person:")))
        return client

    return sign_in


def test_keys_are_made_shown_once_and_withdrawn(as_person, tenant, django_assert_max_num_queries):
    client = as_person("administrator")
    page = client.post("/keys", {"name": "meetpaal 7", "scopes": ["observations:write"], "days": "30"})
    key = re.search(r"<code>(sps_[^<]+)</code>", page.content.decode())[1]
    assert actor_of_key(key).tenant_id == tenant
    with django_assert_max_num_queries(8):
        again = client.get("/keys").content.decode()
    assert "meetpaal 7" in again and "sps_" not in again
    row = ApiKey.objects.get()
    assert client.post(f"/keys/{row.id}", {"reason": "de paal is weg"}).status_code == 302
    row.refresh_from_db()
    assert row.revoked_at is not None


@pytest.mark.parametrize("who", ["resident", "clerk", "steward", "analyst"])
def test_keys_are_not_for_others(as_person, who):
    client = as_person(who)
    assert client.get("/keys").status_code == 403
    assert client.post("/keys", {"name": "x", "scopes": ["data:read"], "days": "3"}).status_code == 403
    assert ApiKey.objects.count() == 0


def test_keys_ask_nobody_to_sign_in(client, tenant):
    answer = client.get("/keys")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/accounts/login/?next=%2Fkeys")


def test_keys_form_says_what_is_wrong(as_person):
    page = as_person("administrator").post("/keys", {"name": "", "scopes": ["everything"], "days": "99999"})
    assert page.status_code == 200
    assert ApiKey.objects.count() == 0
    assert page.content.decode().count('aria-invalid="true"') >= 2
