"""Pure translators: rows, entities and nodes as N-Triples, and N-Triples as what a reader asks for."""
