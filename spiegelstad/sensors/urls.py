"""Addresses of the sensor register."""

from django.urls import path

from spiegelstad.sensors.pages import describing, device, register

urlpatterns = [
    path("sensors", register.show_register, name="sensors"),
    path("sensors/new", describing.add, name="new-sensor"),
    path("sensors/<slug:key>", device.show_device, name="sensor"),
    path("sensors/<slug:key>/change", describing.change, name="change-sensor"),
    path("sensors/<slug:key>/active", describing.activate, name="activate-sensor"),
]
