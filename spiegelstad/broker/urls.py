"""Addresses of the broker."""

from django.urls import path

from spiegelstad.broker import http_api
from spiegelstad.broker.pages import agreements, asking, uploads

urlpatterns = [
    path("access", asking.show_offers, name="access"),
    path("access/data/<slug:slug>", asking.show_offer, name="access-offer"),
    path("access/data/<slug:slug>/request", asking.ask_access, name="ask-access"),
    path("access/data/<slug:slug>/counts", asking.show_counts, name="protected-counts"),
    path("access/data/<slug:slug>/noisy", asking.ask_noisy, name="ask-noisy"),
    path("access/data/<slug:slug>/offer", agreements.change_offer, name="change-offer"),
    path("access/mine", agreements.show_mine, name="my-access"),
    path("access/inbox", agreements.show_inbox, name="access-inbox"),
    path("access/requests/<uuid:request_id>", agreements.show_request, name="access-request"),
    path("access/agreements/<uuid:agreement_id>", agreements.show_agreement, name="agreement"),
    path("access/keys", agreements.make_key, name="make-access-key"),
    path("access/keys/<uuid:key_id>", agreements.withdraw_key, name="withdraw-access-key"),
    path("access/uploads", uploads.show_uploads, name="uploads"),
    path("access/uploads/<uuid:upload_id>", uploads.show_upload, name="upload"),
    path("api/access/data", http_api.list_offers, name="api-offers"),
    path("api/access/data/<slug:slug>", http_api.show_offer, name="api-offer"),
    path("api/access/data/<slug:slug>/counts", http_api.show_counts, name="api-counts"),
    path("api/access/data/<slug:slug>/noisy", http_api.ask, name="api-noisy"),
    path("api/access/agreement", http_api.show_agreement, name="api-agreement"),
]
