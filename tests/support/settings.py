"""The product's settings with fixed secrets and a cheap password hash; nothing else differs under test."""

import os

os.environ.setdefault("LIANFANG_SECRET_KEY", "a key for tests only")
os.environ.setdefault("LIANFANG_IDENTITY_KEYS", "00" * 32)
os.environ.setdefault("LIANFANG_IDENTITY_HASH_KEY", "11" * 32)

from lianfang.config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
