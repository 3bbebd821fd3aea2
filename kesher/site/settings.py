"""Django settings; what differs between installations comes from the environment or files in KESHER_DATA.

docs/production.md lists every name.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from cryptography.fernet import Fernet
from django.utils.csp import CSP

import kesher

ROOT = Path(kesher.__file__).resolve().parent
# Our matrices are small: a second thread of numpy waits by spinning, which doubles the processor's time of a training.
for threads in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")


def env(name: str, default: str = "") -> str:
    """Return an environment variable, or the content of the file that NAME_FILE names, or `default`."""
    path = os.environ.get(f"{name}_FILE")
    return Path(path).read_text().strip() if path else os.environ.get(name, default)


def env_flag(name: str, default: bool = False) -> bool:
    """Return whether an environment variable is switched on."""
    return env(name, "1" if default else "0").lower() in ("1", "true", "yes", "on")


def kept_secret(name: str, make: Any) -> str:
    """Return a secret from the environment, else from a file in KESHER_DATA, which `make` fills at the first start."""
    if given := env(name.upper().replace("-", "_")):
        return given
    path = DATA / f"{name}.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(make())
        with suppress(FileExistsError):  # several roles start at once: the first one writes
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text().strip()


def database_settings(url: str) -> dict[str, Any]:
    """Return Django's database settings for DATABASE_URL.

    Formats: postgres://user:password@host:port/name, sqlite:///path, or "" for the file in KESHER_DATA.
    """
    if not url or url.startswith("sqlite:"):
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": url.removeprefix("sqlite://") or str(DATA / "kesher.sqlite3"),
            "CONN_MAX_AGE": None,  # one per thread: opening one costs more than most queries
            "TEST": {"NAME": str(DATA / "test.sqlite3")},  # a file: the end-to-end tests' server shares it
            "OPTIONS": {
                # IMMEDIATE: no deadlock when two workers upgrade a read lock. FULL: accepted requests are on disk.
                # A minute's timeout: writers wait in no order, and on a busy machine one may wait long. No mmap: it is
                # mapped anew in each connection after every write of another.
                "transaction_mode": "IMMEDIATE",
                "timeout": 60,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32000;"
                "PRAGMA temp_store=MEMORY;",
            },
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or "")
        or dict(p.split("=") for p in parts.query.split("&") if "=" in p).get("host", ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "OPTIONS": {"application_name": "kesher"},  # a restore finds running servers by this name
    }


DATA = Path(env("KESHER_DATA", str(ROOT.parent / "data"))).resolve()
DEBUG = env_flag("KESHER_DEBUG")
SECRET_KEY = kept_secret("kesher-secret", lambda: secrets.token_urlsafe(50))
# Newest first, separated by commas. Without them only the providers' credentials are lost.
KESHER_VAULT_KEYS = kept_secret("kesher-vault", lambda: Fernet.generate_key().decode()).split(",")
KESHER_PUBLIC_URL = env("KESHER_PUBLIC_URL", f"http://localhost:{env('PORT', '8000')}")
KESHER_FILE_BYTES = int(env("KESHER_FILE_BYTES", "15000000"))
# Seconds for a complete head, without a new byte of a body, and for a complete body.
KESHER_HEAD_SECONDS = float(env("KESHER_HEAD_SECONDS", "15"))
KESHER_BYTE_SECONDS = float(env("KESHER_BYTE_SECONDS", "15"))
KESHER_BODY_SECONDS = float(env("KESHER_BODY_SECONDS", "600"))
# The simulator: fake providers inside this server. Never on a real installation (`kesher check --deploy` fails).
KESHER_SIMULATOR = env_flag("KESHER_SIMULATOR")
KESHER_DEMO = env_flag("KESHER_DEMO", KESHER_SIMULATOR)
# host:port pairs that the SSRF guard allows although they are not public, for tests and the simulator only.
KESHER_SSRF_ALLOW = [pair for pair in env("KESHER_SSRF_ALLOW").split(",") if pair]
# Seconds without an outcome after which the sweep looks at a provider request.
# Seconds that a clerk's reply waits, so they can undo it.
KESHER_UNDO_SECONDS = float(env("KESHER_UNDO_SECONDS", "5"))
KESHER_TRAINING = env_flag("KESHER_TRAINING", True)
KESHER_LEASE_SECONDS = float(env("KESHER_LEASE_SECONDS", "60"))
KESHER_RETRY_PAUSES = tuple(float(seconds) for seconds in env("KESHER_RETRY_PAUSES", "5,30,120,600,1800").split(","))
# Days that a processed raw request is stored, for finding out what a provider sent.
KESHER_RAW_DAYS = int(env("KESHER_RAW_DAYS", "30"))
# Staff need a second factor. Never off on a real installation (`kesher check --deploy` fails); the demo, whose
# passwords are printed, needs none.
KESHER_SECOND_FACTOR = env_flag("KESHER_SECOND_FACTOR", not KESHER_SIMULATOR)
# Days of silence after which a phone number may have a new owner.
KESHER_NUMBER_DAYS = int(env("KESHER_NUMBER_DAYS", "365"))
# A server that turns voice messages into text (POST /v1/audio/transcriptions); "" for none: a clerk types them.
KESHER_TRANSCRIBER_URL = env("KESHER_TRANSCRIBER_URL")
KESHER_TRANSCRIBER_KEY = env("KESHER_TRANSCRIBER_KEY")
KESHER_TRANSCRIBER_MODEL = env("KESHER_TRANSCRIBER_MODEL", "whisper-1")
KESHER_SPOOL = DATA / "spool"
# How the names of cookies begin that a firewall or load balancer sets here: they tell our pages nothing.
KESHER_FOREIGN_COOKIES = tuple(name.strip() for name in env("KESHER_FOREIGN_COOKIES").split(",") if name.strip())
TRUST_PROXY = env_flag("KESHER_TRUST_PROXY")
# Proxies whose X-Forwarded-For and X-Forwarded-Proto are trusted, where a proxy is trusted at all.
KESHER_PROXY_IPS = env("KESHER_PROXY_IPS", "127.0.0.1")

ALLOWED_HOSTS = [
    host
    for host in env(
        "KESHER_HOSTS", "*" if KESHER_SIMULATOR or DEBUG else urlsplit(KESHER_PUBLIC_URL).hostname or ""
    ).split(",")
    if host
]
CSRF_TRUSTED_ORIGINS = [KESHER_PUBLIC_URL]

# The simulator, and apps of an installation's own, as Python paths; their `urls` are included. Their templates and
# commands come before those of `site` and `server`. See docs/add-a-feature.md.
KESHER_APPS = [app.strip() for app in env("KESHER_APPS", "").split(",") if app.strip()]
if KESHER_SIMULATOR and "kesher.simulator" not in KESHER_APPS:
    KESHER_APPS.insert(0, "kesher.simulator")
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    # Lowest layer first: hooks run in this order.
    "kesher.core",
    "kesher.agencies",
    "kesher.contacts",
    "kesher.participation",
    "kesher.channels",
    "kesher.dialogues",
    "kesher.conversations",
    "kesher.cases",
    "kesher.accounts",
    "kesher.verbs",
    "kesher.understanding",
    "kesher.listening",
    "kesher.following",
    "kesher.incidents",
    "kesher.initiatives",
    "kesher.discussions",
    "kesher.petitions",
    "kesher.reports",
    "kesher.contests",
    "kesher.purchases",
    "kesher.answers",
    "kesher.records",
    "kesher.communities",
    *KESHER_APPS,
    "kesher.site",
    "kesher.server",
]
MIDDLEWARE = [
    "kesher.server.health.answer_health",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "kesher.agencies.middleware.agency_scope",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "kesher.core.middleware.accept_own_forms",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kesher.agencies.middleware.staff_of_user",
    "kesher.accounts.middleware.contact_of_cookie",
    "allauth.account.middleware.AccountMiddleware",  # gives allauth's forms their request
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "kesher.core.middleware.name_errors",
]
ROOT_URLCONF = "kesher.site.urls"
WSGI_APPLICATION = "kesher.server.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kesher.site.context_processors.page",
                "kesher.cases.context_processors.desk",
                "kesher.incidents.context_processors.notices",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "kesher.core.templatetags.ui"],
        },
    }
]

FORM_RENDERER = "kesher.core.ui.form_renderer.FormRenderer"

DATABASES = {"default": database_settings(env("DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

LANGUAGE_CODE = "he"
LANGUAGES = [("he", "עברית"), ("ar", "العربية"), ("ru", "Русский"), ("en", "English")]
USE_I18N = True
FORMAT_MODULE_PATH = "kesher.core.i18n.formats"
USE_TZ = True
TIME_ZONE = "Asia/Jerusalem"
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns about a missing folder
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "kesher.server.static_storage.CachedUrlStorage"},
}
MEDIA_ROOT = DATA / "files"
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 3_000_000

# django-allauth: passkeys and the national login. None of its pages is served (ADR 0008).
MFA_ADAPTER = "kesher.accounts.allauth_adapters.KeyAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # a phone's clock may differ by half a minute
MFA_ALLOW_UNVERIFIED_EMAIL = True
SOCIALACCOUNT_ADAPTER = "kesher.accounts.allauth_adapters.NationAdapter"
LOGIN_URL = "agencies:login"
LOGIN_REDIRECT_URL = "cases:inbox"
LOGOUT_REDIRECT_URL = "site:home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

HTTPS = KESHER_PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_SSL_REDIRECT = HTTPS and env_flag("KESHER_SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_PROXY else None
SECURE_REFERRER_POLICY = "same-origin"
# Whether all other hosts below the agency's domain use https is declared at its proxy.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:", "blob:"],
    "media-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "manifest-src": [CSP.SELF],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"mask": {"()": "kesher.core.log_redaction.MaskFilter"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["mask"], "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env("KESHER_LOG", "INFO")},
    "loggers": {"httpx": {"level": "WARNING"}, "httpcore": {"level": "WARNING"}, "mail.log": {"level": "WARNING"}},
}
