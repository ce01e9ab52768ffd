"""What can be done with the event log, subscriptions, notifications and context sources, and by whom."""

from spiegelstad.accounts.public import Role
from spiegelstad.governance.public import Act

_STEWARDS = frozenset({Role.STEWARD, Role.ADMINISTRATOR})

SUBSCRIBE = Act("context.subscribe", roles=_STEWARDS, scope="context:write", department_bound=False)
SEE_NOTIFICATIONS = Act("context.see_notifications", roles=_STEWARDS, department_bound=False)
SEND_AGAIN = Act("context.send_notification_again", roles=_STEWARDS, department_bound=False)
FORGET_EVENTS = Act("context.forget_events", roles=frozenset({Role.ADMINISTRATOR}))
REGISTER = Act("context.register_source", roles=_STEWARDS, scope="context:write", department_bound=False)
