"""Pure translators: PostgreSQL's binary formats, posted batches, GeoJSON."""
