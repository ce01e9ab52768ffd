"""The room of indicators as a Django app."""

from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    """Indicators, computations and figures."""

    name = "spiegelstad.indicators"
    label = "indicators"
