"""A Superset for this machine alone: its own small database, no request to another host."""

import os
from pathlib import Path

_HOME = Path(os.environ["SUPERSET_HOME"])
SECRET_KEY = (_HOME / "secret.key").read_text(encoding="utf-8")
SQLALCHEMY_DATABASE_URI = f"sqlite:///{_HOME / 'superset.db'}"
BABEL_DEFAULT_LOCALE = "en"
