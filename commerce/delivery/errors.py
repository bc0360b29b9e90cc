"""What delivery refuses."""

from commerce.kernel.errors import FieldError, Refusal
from commerce.platform.database import refuse_on


class DeliveryMethodCodeTaken(Refusal):
    """Another delivery method has this code."""

    code = "delivery_method_code_taken"
    status = 409
    es = "Otro método de entrega tiene este código."
    ca = "Un altre mètode de lliurament té aquest codi."


class PickupMethodExists(Refusal):
    """Collections in this currency have an active method already."""

    code = "pickup_method_exists"
    status = 409
    es = "Las recogidas en esta moneda ya tienen un método activo."
    ca = "Les recollides en aquesta moneda ja tenen un mètode actiu."


def _code_taken() -> DeliveryMethodCodeTaken:
    return DeliveryMethodCodeTaken("Choose another code.", errors=[FieldError("/code", "Taken.")])


def _pickup_exists() -> PickupMethodExists:
    return PickupMethodExists("Change that method, or make it inactive first.")


refuse_on("uq_delivery_methods_code", _code_taken)
refuse_on("uq_delivery_methods_pickup", _pickup_exists)
