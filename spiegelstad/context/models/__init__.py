"""What the live context keeps."""

from spiegelstad.context.models.contexts import JsonldContext
from spiegelstad.context.models.entities import Entity
from spiegelstad.context.models.entity_maps import EntityMap
from spiegelstad.context.models.events import ContextEvent, EventConsumer
from spiegelstad.context.models.registrations import Registration, SourceSubscription
from spiegelstad.context.models.subscriptions import About, Notification, Subscription
from spiegelstad.context.models.temporal import AttributeInstance, AttributeSeries, LateObservations, TemporalEntity

__all__ = [
    "About",
    "AttributeInstance",
    "AttributeSeries",
    "ContextEvent",
    "Entity",
    "EntityMap",
    "EventConsumer",
    "JsonldContext",
    "LateObservations",
    "Notification",
    "Registration",
    "SourceSubscription",
    "Subscription",
    "TemporalEntity",
]
