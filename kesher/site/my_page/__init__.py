"""A person's own pages beside the sign-in: what is his, his messages, his wishes, his data."""
