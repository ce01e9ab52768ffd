"""The YAML of a source and of a city: models, the checks between keys, and reading a folder of them."""
