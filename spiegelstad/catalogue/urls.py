"""Addresses of the catalogue."""

from django.urls import path

from spiegelstad.catalogue.http_api import ckan, datasets, dcat
from spiegelstad.catalogue.pages import changes, dataset, downloads, feedback, listing

urlpatterns = [
    path("data", listing.show_datasets, name="datasets"),
    path("data/showcase", feedback.showcase, name="showcase"),
    path("data/<slug:slug>", dcat.or_page(dcat.dataset, dataset.show_dataset), name="dataset"),
    path("data/<slug:slug>/versions/<int:number>", dcat.or_page(dcat.version, dataset.show_version), name="version"),
    path("data/<slug:slug>/versions/<int:number>/changes", changes.show_changes, name="changes"),
    path("data/<slug:slug>/versions/<int:number>/delete", dataset.delete_version, name="delete-version"),
    path("data/<slug:slug>/versions/<int:number>.<str:extension>", downloads.download_version, name="download"),
    path("data/<slug:slug>/questions", feedback.questions, name="questions"),
    path("desk/questions", feedback.desk, name="desk-questions"),
    path("desk/questions/<uuid:question_id>", feedback.answer, name="answer"),
    path("desk/showcases/<uuid:showcase_id>", feedback.decide, name="decide-showcase"),
    path("catalog", dcat.catalog),
    path("catalog.<str:extension>", dcat.catalog),
    path("api/3/action/<str:name>", ckan.action),
    path("api/action/<str:name>", ckan.action),
    path("api/datasets", datasets.datasets, name="api-datasets"),
    path("api/datasets/<slug:slug>", datasets.dataset, name="api-dataset"),
    path("api/datasets/<slug:slug>/versions/<int:number>.<str:extension>", downloads.download_version),
]
