"""Addresses of tabular."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
