"""Addresses of stewardship."""

from django.urls import path

from spiegelstad.stewardship.pages import register

urlpatterns = [
    path("register", register.show_register, name="register"),
    path("register.<str:extension>", register.download_register, name="register-file"),
]
