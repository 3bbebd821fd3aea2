"""Environment variables for pytest, set before the settings are read: a data folder and a public URL."""

from __future__ import annotations

import base64
import os
import tempfile
from pathlib import Path

from kesher.core.i18n.translations import compile_catalogues

os.environ["KESHER_DATA"] = tempfile.mkdtemp(prefix="kesher-test-", dir=os.environ.get("KESHER_DATA"))
# One key for all workers: they share a demo whose channel secrets are encrypted with it.
os.environ.setdefault("KESHER_VAULT", base64.urlsafe_b64encode(os.urandom(32)).decode())
os.environ["KESHER_PUBLIC_URL"] = "https://city.example"
os.environ["KESHER_SSL_REDIRECT"] = "0"
os.environ["KESHER_HOSTS"] = "*"
os.environ["KESHER_SIMULATOR"] = "0"
os.environ["KESHER_APPS"] = "kesher.simulator,tests.suggestions"  # the latter: the example of docs/add-a-feature.md
os.environ["KESHER_LOG"] = "WARNING"
os.environ["KESHER_UNDO_SECONDS"] = "0"  # do not wait for an undo
os.environ["KESHER_TRAINING"] = "0"  # what a server of a test understands must not depend on how long it runs
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser tests share a thread with playwright's loop
compile_catalogues(Path(__file__).parent)
# WhiteNoise warns about a missing folder, and warnings are errors here.
Path(os.environ["KESHER_DATA"], "static").mkdir(exist_ok=True)
