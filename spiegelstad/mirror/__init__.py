"""Entities, series and observations: what is measured in the city, now and then."""
