"""Addresses of stewardship."""

from django.urls import path

from spiegelstad.stewardship.pages import dataset, processing, quality, register, uses

urlpatterns = [
    path("register", register.show_register, name="register"),
    path("register.<str:extension>", register.download_register, name="register-file"),
    path("register/processing", processing.show_processing, name="processing"),
    path("register/processing.json", processing.download_processing, name="processing-file"),
    path("register/quality", quality.show_quality, name="quality"),
    path("register/quality/target", quality.change_theme_target, name="theme-target"),
    path("register/uses", uses.show_uses, name="uses"),
    path("register/uses/<uuid:showcase_id>/settle", uses.settle_use, name="settle-use"),
    path("register/datasets/<slug:slug>", dataset.show_dataset, name="registered-dataset"),
    path("register/datasets/<slug:slug>/uses.csv", dataset.download_uses, name="dataset-uses"),
    path("register/datasets/<slug:slug>/status", dataset.change_status, name="change-status"),
    path("register/datasets/<slug:slug>/withdraw", dataset.withdraw_announcement, name="withdraw-announcement"),
    path("register/datasets/<slug:slug>/hold", dataset.change_hold, name="change-hold"),
    path("register/datasets/<slug:slug>/target", dataset.change_target, name="change-target"),
]
