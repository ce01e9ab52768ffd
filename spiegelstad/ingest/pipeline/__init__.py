"""From raw rows to a checked table: types, rules, places, uniqueness, and what leaves for other rooms."""
