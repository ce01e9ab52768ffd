"""Addresses of stewardship."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
