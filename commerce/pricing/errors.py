"""What pricing refuses."""

from commerce.kernel.errors import FieldError, InvalidInput, Refusal, invalid
from commerce.platform.database import refuse_on


class PriceListCodeTaken(Refusal):
    """Another price list has this code."""

    code = "price_list_code_taken"
    status = 409
    es = "Otra lista de precios tiene este código."
    ca = "Una altra llista de preus té aquest codi."


def _code_taken() -> PriceListCodeTaken:
    return PriceListCodeTaken(
        "Choose another code; codes of price lists are unique.", errors=[FieldError("/code", "Taken.")]
    )


refuse_on("uq_price_lists_code", _code_taken)


def _no_such_channel() -> InvalidInput:
    return invalid("/channel_id", "There is no such channel.")


refuse_on("fk_price_lists_channel_id_channels", _no_such_channel)
