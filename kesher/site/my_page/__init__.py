"""Pages of a signed-in person: their messages, preferences and data."""
