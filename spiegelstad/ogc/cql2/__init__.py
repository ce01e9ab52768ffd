"""CQL2 (OGC 21-065r2): its text and JSON read into one tree, the tree checked, and held against rows."""
