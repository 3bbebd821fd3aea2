"""The settings with every optional app, for mypy: it knows the models of installed apps only."""

import os

os.environ["KESHER_APPS"] = "kesher.simulator,tests.suggestions"

from kesher.site.settings import *  # noqa: F403
