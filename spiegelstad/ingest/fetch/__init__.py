"""Getting the raw files of a source: from the data folder, over HTTP, or from an Opendatasoft portal."""
