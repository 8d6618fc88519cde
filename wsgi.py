"""The WSGI entry for any server: ``gunicorn wsgi:app``."""

from filing.app import create_app
from filing.config import Settings

app = create_app(Settings.from_environ())
