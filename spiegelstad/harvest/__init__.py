"""Other catalogues read in: DCAT, CKAN, Opendatasoft, OGC; with a report of what was wrong there."""
