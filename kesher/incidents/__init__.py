"""Incidents: one thing that many people write about, seen and answered once."""
