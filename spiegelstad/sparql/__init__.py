"""Entities and datasets as RDF at their own addresses, and SPARQL over what is open."""
