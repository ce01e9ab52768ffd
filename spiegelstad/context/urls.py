"""Addresses of the live context: NGSI-LD, and pages about it."""

from django.urls import include, path

from spiegelstad.context.pages import notifications as notification_pages
from spiegelstad.context.pages import region as region_pages

urlpatterns = [
    path("ngsi-ld/v1/", include("spiegelstad.context.http_api.urls")),
    path("region", region_pages.show_region, name="region"),
    path("notifications", notification_pages.notifications, name="notifications"),
    path("notifications/<int:number>/again", notification_pages.send_again, name="send-notification-again"),
]
