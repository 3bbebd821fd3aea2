"""Simulated phones for trying Kesher without provider accounts; their messages pass the real intake."""
