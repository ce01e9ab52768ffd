"""Indicators: formulas over datasets, and figures that can be traced and recomputed."""
