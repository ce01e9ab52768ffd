"""Addresses of this part of the binding."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
