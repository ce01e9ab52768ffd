"""Pure translators between documents and what stands on the wire."""
