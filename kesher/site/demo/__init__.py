"""Data of the demo municipality: texts, and pictures drawn by code. This package writes nothing."""
