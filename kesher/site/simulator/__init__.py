"""Phones side by side, for whoever has no provider account: what is said on them goes through the real lanes."""
