"""The policy: may this actor do this act to this thing, and why. Pure."""

from dataclasses import dataclass

from spiegelstad.accounts.public import STAFF, Actor, ActorKind, Role
from spiegelstad.governance.vocabulary import Classification


@dataclass(frozen=True, slots=True)
class Thing:
    """What an act is done to, as far as policy needs to know it. `department`: whose steward answers for it."""

    kind: str
    id: str
    tenant_id: str
    classification: Classification = Classification.PUBLIC
    department: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """What can be done. A room declares its acts and passes them to `may`.

    `roles`: which people may. `scope`: which API keys may; empty: none. `department_bound`: a steward only for things
    of an own department. `reads`: decided by the classification of the thing instead of by role.
    """

    name: str
    roles: frozenset[Role] = frozenset()
    scope: str = ""
    department_bound: bool = True
    reads: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer with its reason, in words for the one who asked."""

    allowed: bool
    reason: str


def may(actor: Actor, act: Act, thing: Thing) -> Decision:
    """Decide. Another city's things are refused first, to everyone; the program itself acts within its city."""
    if actor.tenant_id != thing.tenant_id:
        return Decision(False, "This belongs to another city.")
    if actor.is_system:
        return Decision(True, "The program itself does this.")
    if act.reads:
        return _may_read(actor, thing)
    if actor.kind is ActorKind.KEY:
        if act.scope and act.scope in actor.scopes:
            return Decision(True, f"The key has the scope {act.scope}.")
        return Decision(False, f"The key lacks the scope {act.scope}." if act.scope else "No key may do this.")
    return _may_by_role(actor, act, thing)


def _may_read(actor: Actor, thing: Thing) -> Decision:
    if readable(actor, thing.classification, thing.department):
        return Decision(True, f"The data is {thing.classification}.")
    return Decision(False, f"The data is {thing.classification} and you have no access to it.")


def _may_by_role(actor: Actor, act: Act, thing: Thing) -> Decision:
    for role in sorted(actor.roles & act.roles):
        if role is not Role.STEWARD or not act.department_bound or thing.department in actor.departments:
            return Decision(True, f"You are {role} of this city.")
    if Role.STEWARD in actor.roles & act.roles:
        return Decision(False, f"Only the steward of the department {thing.department!r} may do this.")
    if actor.kind is ActorKind.ANONYMOUS:
        return Decision(False, "You are not signed in.")
    return Decision(False, f"This is for {', '.join(sorted(act.roles)) or 'the program itself'}.")


def readable(actor: Actor, classification: Classification | str, department: str) -> bool:
    """Whether data of this classification and department can be read: the obvious version of `queries.visible`."""
    if actor.is_system or classification == Classification.PUBLIC:
        return True
    if classification == Classification.INTERNAL:
        return bool(actor.roles & STAFF) or "data:read" in actor.scopes
    if classification == Classification.CONFIDENTIAL:
        return Role.ADMINISTRATOR in actor.roles or (Role.STEWARD in actor.roles and department in actor.departments)
    return False  # personal data: never without a purpose, and no purpose is served by browsing
