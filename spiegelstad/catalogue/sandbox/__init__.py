"""SQL from people and definitions, run in a process of its own that can read a few Parquet files and nothing else."""
