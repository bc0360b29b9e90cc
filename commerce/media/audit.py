"""What must always hold of media, as statements that must return nothing."""

from sqlalchemy import column, func, or_, select, table
from sqlalchemy.dialects.postgresql import JSONB

from commerce.media.facts import State
from commerce.media.tables import media, media_uploads, product_media
from commerce.orders import PICTURE_OF_OURS, picture_sha256
from commerce.platform.audit import Check
from commerce.platform.statement import Statement

_products = table("products", column("id"), column("images", JSONB))
_image = (
    func.jsonb_array_elements(_products.c.images).table_valued(column("value", JSONB), name="image").render_derived()
)
_uploaded = select(media_uploads.c.media_id).where(media_uploads.c.media_id == media.c.id).exists()
_shown = select(product_media.c.id).where(product_media.c.media_id == media.c.id).exists()
_address = func.coalesce(product_media.c.url, media.c.url)

CHECKS: list[Check] = [
    Check(
        code="G13",
        name="pictures_of_orders_are_kept",
        statement=Statement(
            select(picture_sha256().label("sha256"))
            .distinct()
            .where(
                PICTURE_OF_OURS,
                select(media.c.id)
                .where(media.c.sha256 == picture_sha256(), media.c.state == State.LEAVING.value)
                .exists(),
            )
        ),
    ),
    Check(
        code="G16",
        name="arranged_pictures_are_those_on_pages",
        statement=Statement(
            select(product_media.c.product_id, _address.label("url"))
            .select_from(
                product_media.outerjoin(media, media.c.id == product_media.c.media_id).join(
                    _products, _products.c.id == product_media.c.product_id
                )
            )
            .where(
                or_(media.c.kind.is_(None), media.c.kind == "image"),
                _address.is_not(None),
                ~select(_image.c.value)
                .where(_image.c.value.op("->>")("url") == _address)
                .correlate(_products, product_media, media)
                .exists(),
            )
        ),
    ),
    Check(
        code="G16",
        name="what_no_product_shows_is_known_to_be_so",
        statement=Statement(
            select(media.c.id, media.c.unattached_since).where(
                media.c.state != State.LEAVING.value, _shown == media.c.unattached_since.is_not(None)
            )
        ),
    ),
    Check(
        code="G16",
        name="what_waits_has_its_bytes",
        statement=Statement(select(media.c.id).where((media.c.state == State.WAITING.value) != _uploaded)),
    ),
]
