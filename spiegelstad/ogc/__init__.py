"""OGC API Features, Records and vector tiles over every dataset that says where."""
