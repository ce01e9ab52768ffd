"""Translators of indicators: definitions in YAML, formulas in SQL, origins as PROV-O."""
