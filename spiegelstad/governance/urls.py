"""Addresses of governance."""

from django.urls import path

from spiegelstad.governance import pages

urlpatterns = [
    path("keys", pages.show_keys, name="keys"),
    path("keys/<uuid:key_id>", pages.withdraw, name="withdraw_key"),
]
