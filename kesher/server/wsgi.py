"""WSGI application of Django's pages, which `lanes/pages.py` calls."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kesher.site.settings")
application = get_wsgi_application()
