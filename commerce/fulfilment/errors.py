"""What fulfilment refuses."""

from commerce.kernel.errors import FieldError, Refusal
from commerce.platform.database import refuse_on


class WrongUnits(Refusal):
    """Those units are not there to be picked or handed over."""

    code = "wrong_units"
    status = 409
    es = "Esas unidades no están para preparar ni entregar."
    ca = "Aquestes unitats no hi són per preparar ni lliurar."

    @classmethod
    def at(cls, position: int, detail: str) -> "WrongUnits":
        """Makes the refusal for one line of the request."""
        pointer = f"/lines/{position}"
        return cls(f"{pointer}: {detail}.", errors=[FieldError(pointer, detail)])


class WrongKind(Refusal):
    """The step belongs to the other kind of work."""

    code = "wrong_kind_of_work"
    status = 409
    es = "El paso pertenece al otro tipo de trabajo."
    ca = "El pas pertany a l'altre tipus de feina."


class NotAllPicked(Refusal):
    """Some units were neither picked nor reported as short."""

    code = "not_all_picked"
    status = 409
    es = "Hay unidades sin preparar y sin declarar como faltantes."
    ca = "Hi ha unitats sense preparar i sense declarar com a faltants."


class WrongPickupCode(Refusal):
    """The pickup code is not the one of this order."""

    code = "wrong_pickup_code"
    status = 422
    es = "El código de recogida no es el de este pedido."
    ca = "El codi de recollida no és el d'aquesta comanda."


class TooManyCodes(Refusal):
    """Too many wrong pickup codes were tried; check who it is instead."""

    code = "too_many_pickup_codes"
    status = 409
    es = "Se han probado demasiados códigos; compruebe la identidad."
    ca = "S'han provat massa codis; comproveu la identitat."


class HandOverRepeated(Refusal):
    """The hand-over is recorded already."""

    code = "hand_over_repeated"
    status = 409
    es = "La entrega ya está registrada."
    ca = "El lliurament ja està registrat."


refuse_on("pk_hand_overs", HandOverRepeated)
