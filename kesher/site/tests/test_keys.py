"""The keys that an installation creates for itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ASK = "from kesher.site import settings; print(settings.SECRET_KEY, settings.KESHER_VAULT_KEYS)"


def test_roles_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("KESHER_SECRET", "KESHER_VAULT")}
    environment["KESHER_DATA"] = str(tmp_path)
    command = [sys.executable, "-c", ASK]
    roles = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _role in range(4)]
    said = {role.communicate(timeout=60)[0] for role in roles}
    assert len(said) == 1
    assert len(said.pop()) > 60
    assert sorted(path.name for path in tmp_path.glob("kesher-*")) == ["kesher-secret.key", "kesher-vault.key"]
    assert oct((tmp_path / "kesher-vault.key").stat().st_mode)[-3:] == "600"
