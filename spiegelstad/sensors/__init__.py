"""The sensor register: which devices stand in the city, what they measure, for whom and why."""
