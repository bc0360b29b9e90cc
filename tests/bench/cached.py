"""The product's application with its cache of public pages in front, as `commerce.app.asgi:create` has it where the cache is on."""

from litestar.types import ASGIApp

from commerce.app.asgi import create as without_cache
from commerce.platform.http import Surround
from commerce.storefront import PublicCache


def create() -> ASGIApp:
    """Makes the application of the one process."""
    app = without_cache()
    if isinstance(app, Surround):
        app.app = PublicCache(app.app)
    return app
