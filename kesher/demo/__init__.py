"""The demo municipality: its content as files in `data/`, and the loader that creates it with the apps' services."""
