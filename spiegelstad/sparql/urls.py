"""Addresses of sparql."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
