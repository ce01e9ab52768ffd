"""Reading part of a version: what is asked (`rules`), as SQL (`sql`), by an engine in this process (`reading`)."""
