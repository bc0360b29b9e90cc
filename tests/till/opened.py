"""Bundles without HTTP: written from a database and opened by the engine."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from commerce.kernel import clock
from commerce.platform.database import Database
from commerce.price_engine import Bundle, BundledArticle, open_bundle
from commerce.till.version import read_version
from commerce.till.write_bundle import Till, Written, write_bundle


async def written(db: Database, till: Till, *, since: str | None = None) -> Written:
    """What is written for a till that has a version."""
    return await write_bundle(db, till, since=read_version(since), at=clock.now())


def content(of: Written) -> bytes:
    """The document, uncompressed."""
    return b"".join(of.spool.plain())


async def opened(db: Database, till: Till) -> Bundle:
    """A fresh full bundle."""
    return open_bundle(content(await written(db, till)))


def meaning(bundle: Bundle, at: datetime) -> Mapping[str, Any]:
    """What a bundle says, without what may differ between a fresh one and one that was updated: its version and instant, the versions at
    which prices were read, and prices that are over.
    """
    head = msgspec.to_builtins(bundle.head)
    for name in ("version", "at", "expires_at"):
        del head[name]
    return {"head": head, "articles": {variant: _meaning(each, at) for variant, each in bundle.articles.items()}}


def _meaning(article: BundledArticle, at: datetime) -> BundledArticle:
    prices = tuple(
        msgspec.structs.replace(price, version=1)
        for price in article.prices
        if price.ends_at is None or price.ends_at > at
    )
    return msgspec.structs.replace(article, prices=prices)
