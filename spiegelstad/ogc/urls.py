"""Addresses of ogc."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
