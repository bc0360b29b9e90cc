"""What pricing refuses."""

from commerce.kernel.errors import FieldError, InvalidInput, Refusal, invalid
from commerce.platform.database import refuse_on


class PriceListCodeTaken(Refusal):
    """Another price list has this code."""

    code = "price_list_code_taken"
    status = 409
    es = "Otra lista de precios tiene este código."
    ca = "Una altra llista de preus té aquest codi."


class OverrideTooDeep(Refusal):
    """The price given by hand is further below the list than you may go."""

    code = "override_too_deep"
    status = 403
    es = "El precio indicado a mano está por debajo de lo que puedes conceder."
    ca = "El preu indicat a mà és per sota del que pots concedir."


class OverrideReasonMissing(Refusal):
    """A price given by hand needs a reason."""

    code = "override_reason_missing"
    status = 400
    es = "Un precio indicado a mano necesita un motivo."
    ca = "Un preu indicat a mà necessita un motiu."


class NothingToReduce(Refusal):
    """Some articles have no prior price that a reduction could be announced from."""

    code = "nothing_to_reduce"
    status = 409
    es = "Algunos artículos no tienen un precio anterior del que anunciar una rebaja."
    ca = "Alguns articles no tenen un preu anterior del qual anunciar una rebaixa."


def _code_taken() -> PriceListCodeTaken:
    return PriceListCodeTaken(
        "Choose another code; codes of price lists are unique.", errors=[FieldError("/code", "Taken.")]
    )


refuse_on("uq_price_lists_code", _code_taken)


def _no_such_channel() -> InvalidInput:
    return invalid("/channel_id", "There is no such channel.")


refuse_on("fk_price_lists_channel_id_channels", _no_such_channel)


def _no_such_store() -> InvalidInput:
    return invalid("/store_id", "There is no such location.")


refuse_on("fk_price_lists_store_id_locations", _no_such_store)
