"""API keys: hashed, scoped, expiring, revocable, of one city."""

from datetime import timedelta

import pytest

from spiegelstad.accounts.models import ApiKey
from spiegelstad.accounts.public import Role, UnknownKey, UnknownScope, actor_of_key
from spiegelstad.accounts.testing import make_key
from spiegelstad.base.clock import now
from spiegelstad.base.errors import NotFound
from spiegelstad.governance.public import (
    NotAllowed,
    SignInNeeded,
    admit_person,
    audit_head,
    issue_key,
    verify_audit,
    withdraw_key,
)


def issue(by, days=30):
    return issue_key(by=by, name="sensors", scopes=["observations:write"], expires_at=now() + timedelta(days=days))


def test_key_speaks_for_its_city_and_scopes(people, tenant):
    key_id, secret = issue(people.administrator)
    actor = actor_of_key(secret)
    assert (actor.tenant_id, actor.scopes) == (tenant, {"observations:write"})
    assert actor.id == f"key:{key_id}"
    assert verify_audit(tenant) == []


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_before_a_key_may_be_in_capitals_or_not(client, people, scheme):
    _, secret = issue(people.administrator)
    assert client.get("/data/openapi.json", headers={"Authorization": f"{scheme} {secret}"}).status_code == 200
    refused = client.get("/data/openapi.json", headers={"Authorization": f"{scheme} sp_none"})
    assert (refused.status_code, refused["Content-Type"]) == (401, "application/problem+json")


def test_key_itself_is_kept_nowhere(people):
    _, secret = issue(people.administrator)
    row = ApiKey.objects.get()
    assert all(secret.split("_", 2)[2] not in str(value) for value in vars(row).values())


@pytest.mark.parametrize("who", ["resident", "clerk", "steward", "analyst"])
def test_key_is_issued_by_administrators_only(people, who):
    with pytest.raises(NotAllowed):
        issue(getattr(people, who))
    with pytest.raises(SignInNeeded):
        issue(people.nobody)


def test_key_ends(people):
    _, expired = issue(people.administrator, days=-1)
    key_id, withdrawn = issue(people.administrator)
    withdraw_key(by=people.administrator, key_id=key_id, reason="the pole was removed")
    for key in (expired, withdrawn, withdrawn[:-1] + "A", "nonsense", ""):
        with pytest.raises(UnknownKey):
            actor_of_key(key)


def test_person_is_admitted_by_administrators_and_it_is_recorded(people, tenant):
    before, _ = audit_head(tenant)
    admit_person(by=people.administrator, email="nieuw@teststad.example", name="Nina Nieuw", role=Role.CLERK)
    assert audit_head(tenant)[0] == before + 1
    for who in (people.resident, people.steward):
        with pytest.raises(NotAllowed):
            admit_person(by=who, email="x@teststad.example", name="X", role=Role.ADMINISTRATOR)


def test_key_of_another_city_cannot_be_withdrawn(people):
    key_id, secret = issue(people.administrator)
    with pytest.raises(NotFound):
        withdraw_key(by=people.foreigner, key_id=key_id, reason="not mine")
    assert actor_of_key(secret)


def test_key_with_an_unknown_scope_is_refused(tenant):
    with pytest.raises(UnknownScope, match="everything"):
        make_key(tenant, ["everything"])
