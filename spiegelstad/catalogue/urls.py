"""Addresses of the catalogue."""

from django.urls import path

from spiegelstad.catalogue import http_api
from spiegelstad.catalogue.pages import dataset, downloads, listing

urlpatterns = [
    path("data", listing.show_datasets, name="datasets"),
    path("data/<slug:slug>", dataset.show_dataset, name="dataset"),
    path("data/<slug:slug>/versions/<int:number>", dataset.show_version, name="version"),
    path("data/<slug:slug>/versions/<int:number>/delete", dataset.delete_version, name="delete-version"),
    path("data/<slug:slug>/versions/<int:number>.<str:extension>", downloads.download_version, name="download"),
    path("api/datasets", http_api.datasets, name="api-datasets"),
    path("api/datasets/<slug:slug>", http_api.dataset, name="api-dataset"),
    path("api/datasets/<slug:slug>/versions/<int:number>.<str:extension>", downloads.download_version),
]
