"""Where posts are read: one folder a kind, found by its `adapter.py`; to add a kind is to add its folder."""
