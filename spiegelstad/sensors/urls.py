"""Addresses of the sensor register."""

from django.urls import path

from spiegelstad.sensors.pages import device, register

urlpatterns = [
    path("sensors", register.show_register, name="sensors"),
    path("sensors/<slug:key>", device.show_device, name="sensor"),
]
