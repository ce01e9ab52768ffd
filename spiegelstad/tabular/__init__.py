"""The rows of datasets by HTTP: filter, sort, aggregate, page; one OpenAPI description for all."""
