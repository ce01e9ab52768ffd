"""Jobs of the live context."""

from datetime import UTC, datetime

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor
from spiegelstad.base.jobs import task
from spiegelstad.context.actions.event_log import forget_events
from spiegelstad.context.actions.notifications import forget_dead_letters
from spiegelstad.context.actions.purging import delete_expired
from spiegelstad.context.actions.registrations import end_expired
from spiegelstad.context.federation.subscribing import pass_on, pass_on_again

EVENT_DAYS = 7
DEAD_LETTER_DAYS = 30


@task("context.delete_expired", lock="context.delete_expired", periodic="* * * * *")
def delete_expired_entities(timestamp: int) -> None:
    """Every minute: delete the entities, and end the registrations, whose time is over: who waits for that is told."""
    for tenant_id in accounts.tenant_ids():
        delete_expired(by=Actor.system(tenant_id, "expiry"))
        end_expired(by=Actor.system(tenant_id, "expiry"))


@task("context.pass_on_subscriptions", lock="context.pass_on_subscriptions", periodic="* * * * *")
def pass_on_subscriptions(timestamp: int) -> None:
    """Every minute: let context sources have the subscriptions that they lack; every hour, look at all of them."""
    for tenant_id in accounts.tenant_ids():
        if datetime.fromtimestamp(timestamp, UTC).minute == 0:
            pass_on(tenant_id)
        else:
            pass_on_again(tenant_id, timestamp // 60)


@task("context.keep_house", periodic="27 2 * * *")
def keep_house(timestamp: int) -> None:
    """Every night: forget events and dead letters that are older than each city's policy says.

    `context: {event_days: …, dead_letter_days: …}` in the city's settings.
    """
    for tenant_id in accounts.tenant_ids():
        policy = accounts.tenant(tenant_id).settings.get("context", {})
        by = Actor.system(tenant_id, "retention")
        days = policy.get("event_days", EVENT_DAYS)
        forget_events(by=by, older_than_days=days, reason=f"events are kept for {days} days")
        days = policy.get("dead_letter_days", DEAD_LETTER_DAYS)
        forget_dead_letters(by=by, older_than_days=days, reason=f"dead letters are kept for {days} days")
