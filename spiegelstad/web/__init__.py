"""Web: what composes the rooms for people and machines, and owns no data: health, metrics, requests, jobs."""
