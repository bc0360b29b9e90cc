"""The stores of media: a folder, or a bucket of an S3-compatible store."""

from pathlib import Path

from commerce.media.adapters.folder import FolderStore
from commerce.media.ports import MediaStore
from commerce.platform.settings import Settings

__all__ = ["FolderStore", "media_folder", "media_store"]


def media_folder(settings: Settings) -> Path | None:
    """Gives the folder that media are kept in; None where they are in a bucket."""
    return None if settings.media_s3_bucket is not None else settings.media_folder or settings.data_dir / "media"


def media_store(settings: Settings) -> MediaStore:
    """Gives the store that the settings name."""
    if (folder := media_folder(settings)) is not None:
        return FolderStore(folder, url=settings.media_url or f"{settings.base_url}/v1/media")
    from commerce.media.adapters.s3 import S3Store

    endpoint = settings.media_s3_endpoint or ""
    return S3Store(
        bucket=settings.media_s3_bucket or "",
        endpoint=endpoint,
        region=settings.media_s3_region,
        key_id=settings.media_s3_key_id or "",
        secret=settings.media_s3_secret or "",
        url=settings.media_url or f"{endpoint}/{settings.media_s3_bucket}/media",
    )
