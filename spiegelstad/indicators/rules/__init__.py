"""Pure decisions about indicators: shapes, output contract, suppression, comparison."""
