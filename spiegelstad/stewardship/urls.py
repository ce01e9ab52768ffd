"""Addresses of stewardship."""

from django.urls import path

from spiegelstad.stewardship.pages import processing, register

urlpatterns = [
    path("register", register.show_register, name="register"),
    path("register.<str:extension>", register.download_register, name="register-file"),
    path("register/processing", processing.show_processing, name="processing"),
    path("register/processing.json", processing.download_processing, name="processing-file"),
]
