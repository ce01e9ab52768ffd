"""The pages: dashboard, profile, indicator, explore, figure. Each reads, shapes and shows; none decides."""
