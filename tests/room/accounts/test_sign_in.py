"""Signing in: by e-mail address, slower after mistakes, with a second factor, and one cookie only."""

from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client

from spiegelstad.accounts.models import User
from spiegelstad.accounts.public import Role, actor_of_user
from spiegelstad.accounts.testing import make_person
from spiegelstad.governance.public import admit_person

PASSWORD = "een lange zin als wachtwoord"
OTHER = "een andere lange zin als wachtwoord"


@pytest.fixture
def roos(tenant):
    cache.clear()
    make_person(tenant, Role.RESIDENT, name="Roos Voorbeeld", password=PASSWORD)
    return "roos.voorbeeld@teststad.example"


def sign_in(client, email, password):
    return client.post("/accounts/login/", {"login": email, "password": password})


def test_sign_in_works_and_leaves_one_cookie(client, roos):
    answer = sign_in(client, roos, PASSWORD)
    assert (answer.status_code, answer.url) == (302, "/")
    assert set(client.cookies) == {settings.SESSION_COOKIE_NAME}
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


def test_sign_in_is_refused_and_then_slowed_down(client, roos):
    answers = [sign_in(client, roos, "wrong wrong wrong") for _ in range(6)]
    assert answers[0].status_code == 200  # the form again, with the error
    assert "Te veel" not in answers[0].content.decode()
    with_the_right_password = sign_in(client, roos, PASSWORD)
    assert with_the_right_password.status_code != 302, "the right password must wait now too"
    assert "Te veel" in with_the_right_password.content.decode()


def test_account_that_somebody_made_in_your_name_does_not_become_yours(client, tenant, people):
    """Nobody checks whose address it is when an account is made: a role goes to whom the operator gives a password."""
    cache.clear()
    email, theirs, first = "dirk@teststad.example", "een zin van een ander", "een eerste wachtwoord"
    client.post("/accounts/signup/", {"email": email, "password1": theirs, "password2": theirs})
    user = User.objects.get(email=email)
    Authenticator.objects.create(user=user, type="webauthn", data={})
    EmailAddress.objects.create(user=user, email="ander@example.org")
    assert client.get("/access/mine").status_code == 200
    admit_person(by=people.administrator, email=email, name="Dirk", role=Role.STEWARD, password=first)
    assert client.get("/access/mine").status_code == 303, "whoever made it is signed out"
    assert not Authenticator.objects.exists()
    assert list(EmailAddress.objects.filter(user=user).values_list("email", flat=True)) == [email]
    assert sign_in(Client(), email, theirs).status_code == 200
    assert sign_in(Client(), email, first).status_code == 302
    admit_person(by=people.administrator, email=email, name="Dirk", role=Role.ANALYST, password="een tweede wachtwoord")
    assert sign_in(Client(), email, first).status_code == 302, "who was let in before keeps the password"


def test_who_has_a_role_cannot_wait_under_the_address_of_who_gets_another(client, tenant, people):
    """An account with a role keeps its password: its address must have been given to it, or proved by a mail."""
    cache.clear()
    make_person(tenant, Role.CLERK, name="Karel Klerk", password=PASSWORD)
    theirs = f"an.nieuw@{tenant}.example"
    sign_in(client, f"karel.klerk@{tenant}.example", PASSWORD)
    client.post("/accounts/email/", {"action_add": "1", "email": theirs})
    client.post("/accounts/email/", {"action_primary": "1", "email": theirs})
    admit_person(by=people.administrator, email=theirs, name="An Nieuw", role=Role.ADMINISTRATOR, password=OTHER)
    assert sign_in(Client(), theirs, PASSWORD).status_code == 200, "refused: the form once more"
    clerk = actor_of_user(User.objects.get(name="Karel Klerk"), tenant)
    assert clerk.roles == {Role.RESIDENT, Role.CLERK}
    assert User.objects.get(name="Karel Klerk").email == f"karel.klerk@{tenant}.example"


def test_addresses_of_who_has_a_role_already_count_as_proved(tenant, people, roos):
    made_themselves = User.objects.create_user("els@teststad.example", "Els")
    EmailAddress.objects.all().delete()
    EmailAddress.objects.create(user=User.objects.get(email=roos), email=roos, primary=True)
    EmailAddress.objects.create(user=made_themselves, email=made_themselves.email, primary=True)
    with connection.cursor() as cursor:
        cursor.execute(import_module("spiegelstad.accounts.migrations.0002_addresses_of_roles").PROVE)
    proved = EmailAddress.objects.filter(verified=True, primary=True).values_list("email", flat=True)
    assert sorted(proved) == sorted(User.objects.exclude(pk=made_themselves.pk).values_list("email", flat=True))


def test_sign_in_needs_the_token_of_the_form(roos):
    strict = Client(enforce_csrf_checks=True)
    answer = sign_in(strict, roos, PASSWORD)
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"])
def test_pages_for_entering_are_safe_and_dutch(client, tenant, path):
    answer = client.get(path)
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert 'lang="nl"' in answer.content.decode()


def test_second_factors_are_offered(client, roos):
    sign_in(client, roos, PASSWORD)
    page = client.get("/accounts/2fa/")
    assert page.status_code == 200
    for path in ("/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/"):
        answer = client.get(path)
        assert answer.status_code in {200, 302}, path  # 302: asks for the password once more


def test_a_person_has_roles_in_one_city_only(roos, tenant, other_tenant):
    make_person(tenant, Role.STEWARD, ["milieu"], name="Roos Voorbeeld")
    user = User.objects.get(email=roos)
    assert actor_of_user(user, tenant).departments == {"milieu"}
    assert actor_of_user(user, other_tenant).roles == {Role.RESIDENT}
    assert actor_of_user(user, other_tenant).departments == frozenset()
