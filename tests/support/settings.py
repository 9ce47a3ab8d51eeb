"""The product's settings with fixed secrets, a home of its own and a cheap password hash; nothing else differs."""

import os
from pathlib import Path

HOME = Path(__file__).resolve().parents[2] / "var" / "test"
(HOME / "static").mkdir(parents=True, exist_ok=True)

os.environ.setdefault("LIANFANG_HOME", str(HOME))
os.environ.setdefault("LIANFANG_SECRET_KEY", "a key for tests only")
os.environ.setdefault("LIANFANG_IDENTITY_KEYS", "00" * 32)
os.environ.setdefault("LIANFANG_IDENTITY_HASH_KEY", "11" * 32)
os.environ.setdefault("LIANFANG_CODE_KEY", "22" * 32)

from lianfang.config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
