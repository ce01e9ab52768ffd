"""The policy as a filter agrees with the policy as a rule, for everybody and everything."""

from itertools import product

import pytest

from spiegelstad.accounts.models import Department
from spiegelstad.accounts.public import Actor, Role
from spiegelstad.accounts.testing import make_key, make_person
from spiegelstad.governance.public import Act, Classification, NotAllowed, SignInNeeded, Thing, may, readable, require

PUBLISH = Act("test.publish", roles=frozenset({Role.STEWARD, Role.ADMINISTRATOR}), scope="observations:write")


def thing(tenant_id, **other):
    return Thing("dataset", "counts", tenant_id, **{"department": "mobiliteit", **other})


def test_may_gives_a_reason_for_each(people, tenant):
    expected = {
        "resident": (False, "This is for administrator, steward."),
        "clerk": (False, "This is for administrator, steward."),
        "steward": (True, "You are steward of this city."),
        "other_steward": (False, "Only the steward of the department 'mobiliteit' may do this."),
        "administrator": (True, "You are administrator of this city."),
        "nobody": (False, "You are not signed in."),
        "foreigner": (False, "This belongs to another city."),
        "system": (True, "The program itself does this."),
    }
    for name, answer in expected.items():
        decision = may(getattr(people, name), PUBLISH, thing(tenant))
        assert (decision.allowed, decision.reason) == answer, name


def test_department_of_another_role_makes_no_steward_of_it(tenant):
    """Who is steward of one department and clerk of another answers for the first alone."""
    make_person(tenant, Role.CLERK, ["mobiliteit"], name="Dirk Dubbel")
    both = make_person(tenant, Role.STEWARD, ["milieu"], name="Dirk Dubbel")
    assert both.roles >= {Role.CLERK, Role.STEWARD} and both.departments == {"milieu"}
    assert not may(both, PUBLISH, thing(tenant)).allowed
    assert not readable(both, Classification.CONFIDENTIAL, "mobiliteit")


def test_may_asks_a_key_for_its_scope(tenant):
    _, writer = make_key(tenant, ["observations:write"])
    _, reader = make_key(tenant, ["data:read"])
    assert may(writer, PUBLISH, thing(tenant)).allowed
    assert not may(reader, PUBLISH, thing(tenant)).allowed


def test_require_tells_nobody_to_sign_in_and_others_no(people, tenant):
    with pytest.raises(SignInNeeded):
        require(people.nobody, PUBLISH, thing(tenant))
    with pytest.raises(NotAllowed, match="another city"):
        require(people.foreigner, PUBLISH, thing(tenant))


def test_personal_data_is_read_by_no_person(people, tenant):
    reads = Act("test.read", reads=True)
    personal = thing(tenant, classification=Classification.PERSONAL)
    for name in ("resident", "clerk", "steward", "analyst", "administrator", "nobody"):
        assert not may(getattr(people, name), reads, personal).allowed


def test_visible_agrees_with_readable(people, tenant, other_tenant):
    """The SQL filter and the obvious rule give the same answer for every actor, classification and department."""
    from django.apps.registry import Apps
    from django.db import connection, models

    from spiegelstad.governance.public import visible

    class Sample(models.Model):
        tenant_id = models.CharField(max_length=60)
        classification = models.CharField(max_length=20)
        department = models.CharField(max_length=60)

        class Meta:
            app_label = "governance"
            apps = Apps()  # not among the program's own models, which other tests look at

        def __str__(self):
            return self.classification

    with connection.schema_editor() as editor:
        editor.create_model(Sample)
    assert Department.objects.filter(tenant_id=tenant).count() == 2
    for city, classification, department in product(
        (tenant, other_tenant), Classification, ("mobiliteit", "milieu", "")
    ):
        Sample.objects.create(tenant_id=city, classification=classification, department=department)
    actors = [*vars(people).values(), make_key(tenant, ["data:read"])[1], make_key(tenant, ["observations:write"])[1]]
    assert all(isinstance(actor, Actor) for actor in actors)
    for actor in actors:
        seen = set(Sample.objects.filter(visible(actor)).values_list("id", flat=True))
        expected = {
            row.id
            for row in Sample.objects.all()
            if row.tenant_id == actor.tenant_id and readable(actor, row.classification, row.department)
        }
        assert seen == expected, actor.name
