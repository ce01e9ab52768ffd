"""The invented city, its live sensors and its accounts; shows real cities too."""
