"""What promotions refuse."""

from collections.abc import Collection
from uuid import UUID

from commerce.kernel.errors import FieldError, Refusal
from commerce.platform.database import refuse_on


class PromotionCodeTaken(Refusal):
    """Another promotion has this code."""

    code = "promotion_code_taken"
    status = 409
    es = "Otra promoción tiene este código."
    ca = "Una altra promoció té aquest codi."


class CouponCodeTaken(Refusal):
    """There is such a code already."""

    code = "coupon_code_taken"
    status = 409
    es = "Ya existe este código de descuento."
    ca = "Ja hi ha aquest codi de descompte."


class PromotionUsedUp(Refusal):
    """A promotion that the basket counts on can no longer be had."""

    code = "promotion_used_up"
    status = 409
    es = "Una promoción con la que cuenta el pedido ya no está disponible."
    ca = "Una promoció amb què compta la comanda ja no està disponible."

    @classmethod
    def of(cls, promotion_ids: Collection[UUID]) -> "PromotionUsedUp":
        """Makes the refusal that names which promotions are gone."""
        names = sorted(str(each) for each in promotion_ids)
        return cls(
            "Price the basket again and show the new total: these promotions, or their codes, are used up or gone.",
            promotions=names,
        )


class NeedsCodes(Refusal):
    """The promotion is not one that is opened by a code."""

    code = "promotion_without_codes"
    status = 409
    es = "Esta promoción no se abre con un código."
    ca = "Aquesta promoció no s'obre amb un codi."


class BatchUnfinished(Refusal):
    """The batch of codes is still being made."""

    code = "code_batch_unfinished"
    status = 409
    es = "El lote de códigos aún se está creando."
    ca = "El lot de codis encara s'està creant."


def _promotion_code_taken() -> PromotionCodeTaken:
    return PromotionCodeTaken(
        "Choose another code; codes of promotions are unique.", errors=[FieldError("/code", "Taken.")]
    )


def _coupon_code_taken() -> CouponCodeTaken:
    return CouponCodeTaken(
        "Choose another code. Capitals, spaces and hyphens do not matter, and O is read as 0, I and L as 1.",
        errors=[FieldError("/code", "Taken.")],
    )


refuse_on("uq_promotions_code", _promotion_code_taken)
refuse_on("pk_promotion_codes", _coupon_code_taken)
