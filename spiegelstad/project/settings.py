"""Django's settings. What differs between installations is an environment variable (docs/reference/settings.md)."""

import socket
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool

from spiegelstad.base import limits, logs
from spiegelstad.base.postgres_place import settled_place
from spiegelstad.project import environment

PROJECT = Path(__file__).resolve().parents[2]
VAR = environment.folder("VAR", Path.cwd() / "var")
HOME = environment.folder("HOME", PROJECT)  # holds sources/ and indicators/
DATA = environment.text("DATA")  # a folder to read sources from instead of the network
LISTENER = environment.text("LISTENER") or socket.gethostname()  # how MQTT brokers tell our listeners apart
PUBLISH_MQTT = environment.brokers("PUBLISH_MQTT")  # the broker of each city that tells of what comes in
PUBLISH_MQTT_KEYS = environment.by_city("PUBLISH_MQTT_KEYS")  # for what clients publish there: whose observations
ALLOW_HOSTS = environment.names("ALLOW_HOSTS")  # private hosts that sources may name
DATASETS = VAR / "datasets"
LINKED_DATA = VAR / "sparql"
OPEN_CONTEXT = environment.flag("OPEN_CONTEXT")  # the live context without keys, on loopback only

SECRET_KEY = environment.secret_key(VAR)
DEBUG = environment.flag("DEBUG")
HTTPS = environment.flag("HTTPS")
ALLOWED_HOSTS = environment.names("HOSTS", "localhost,.localhost,127.0.0.1,[::1]")
TEST_PAGES = DEBUG  # the gallery of components

ROOMS = ["base", "look", "accounts", "governance", "places", "mirror", "context"]
ROOMS += ["catalogue", "ingest", "tabular", "ogc", "ldes", "sparql", "harvest", "broker"]
ROOMS += ["sensorthings", "sensors", "indicators", "stewardship", "web", "demo"]
INSTALLED_APPS = [
    *(f"spiegelstad.{room}" for room in ROOMS),
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "procrastinate.contrib.django",
    "spiegelstad.project.apps.Project",
]
ROOT_URLCONF = "spiegelstad.project.urls"
WSGI_APPLICATION = "spiegelstad.project.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIDDLEWARE = [
    "spiegelstad.web.requests.RequestId",
    "spiegelstad.project.middleware.OtherSites",
    "spiegelstad.project.machines.Machines",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",  # the guards go round all that can refuse a request
    "spiegelstad.project.middleware.ContentSecurityPolicy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "spiegelstad.project.middleware.Sessions",
    "spiegelstad.project.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "spiegelstad.project.middleware.Csrf",
    "spiegelstad.project.middleware.Authentication",
    "spiegelstad.project.middleware.Messages",
    "allauth.account.middleware.AccountMiddleware",
    "spiegelstad.project.middleware.Problems",
    "spiegelstad.project.middleware.WhoAsks",
    "spiegelstad.base.counting.CountUses",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "spiegelstad.look.context.frame",
            ],
        },
    }
]
FORM_RENDERER = "spiegelstad.look.forms.LookFormRenderer"


def _database() -> dict[str, object]:
    """Return Django's description of the database: the one the setting names, else our own under VAR."""
    parts = conninfo_to_dict(environment.text("DATABASE_URL") or settled_place(VAR).url)
    known = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    return {
        "ENGINE": "spiegelstad.base.database",
        **{setting: parts.pop(part, "") for setting, part in known.items()},
        "OPTIONS": {
            **parts,
            "pool": {
                "min_size": 1,
                "max_size": environment.number("POOL", 12, 1, 200),
                "timeout": 10,
                # It would try ever more seldom, and stay away as long again as the database was.
                "reconnect_timeout": 10,
                "reconnect_failed": ConnectionPool.check,  # which begins anew
            },
        },
    }


DATABASES = {"default": _database()}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "base_cache"}}

# People sign in with their e-mail address, and a second factor or a passkey if they like.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "spiegelstad.accounts.adapter.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = {"login_failed": "10/5m/ip,5/5m/key"}
ACCOUNT_LOGOUT_ON_GET = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Spiegelstad"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"

# One cookie: the session's. The language and the CSRF token live in the session.
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "session"
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "spiegelstad.look.pages.refused_form"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'", "blob:"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

DATA_UPLOAD_MAX_MEMORY_SIZE = limits.MAX_REQUEST_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = limits.MAX_FORM_FIELDS

LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", "Nederlands"), ("en", "English")]
TIME_ZONE = "Europe/Brussels"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "spiegelstad.look.vendor.VendorFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "spiegelstad.project.static_files.StaticFiles"},
}
WHITENOISE_USE_FINDERS = DEBUG

globals().update(environment.mail())
DEFAULT_FROM_EMAIL = environment.text("EMAIL_FROM", "spiegelstad@localhost")
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
LOGGING = logs.configuration(VAR / "log", environment.text("PROGRAM", "command"))
SILENCED_SYSTEM_CHECKS: list[str] = []
