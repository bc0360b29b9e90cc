"""What replenishment refuses."""

from commerce.kernel.errors import FieldError, Refusal
from commerce.platform.database import refuse_on


class SupplierCodeTaken(Refusal):
    """Another supplier already has this code."""

    code = "supplier_code_taken"
    es = "Otro proveedor ya tiene este código."
    ca = "Un altre proveïdor ja té aquest codi."


class UnknownBarcode(Refusal):
    """The scanned code belongs to no article and to no announced carton."""

    code = "unknown_barcode"
    status = 422
    es = "El código leído no corresponde a ningún artículo ni a ningún bulto anunciado."
    ca = "El codi llegit no correspon a cap article ni a cap bulto anunciat."


class ScanDiffers(Refusal):
    """A scan with this id added something else."""

    code = "scan_differs"
    es = "Ya hay una lectura con este identificador y otro contenido."
    ca = "Ja hi ha una lectura amb aquest identificador i un altre contingut."


class CartonReceived(Refusal):
    """The carton was received already."""

    code = "carton_received"
    es = "El bulto ya se ha recibido."
    ca = "El bulto ja s'ha rebut."


class OverReceipt(Refusal):
    """More units arrived than were ordered, and than may be accepted."""

    code = "over_receipt"
    es = "Han llegado más unidades de las pedidas y de las que se pueden aceptar."
    ca = "Han arribat més unitats de les demanades i de les que es poden acceptar."


class MoreThanInTransit(Refusal):
    """More units than are in transit cannot be received."""

    code = "more_than_in_transit"
    es = "No se pueden recibir más unidades de las que están en tránsito."
    ca = "No es poden rebre més unitats de les que estan en trànsit."


class NotInTransfer(Refusal):
    """The article is not part of this transfer."""

    code = "not_in_transfer"
    es = "El artículo no forma parte de este traslado."
    ca = "L'article no forma part d'aquest trasllat."


class NotOnThatLine(Refusal):
    """The line has not that many units for this."""

    code = "not_on_that_line"
    es = "La línea no tiene tantas unidades para eso."
    ca = "La línia no té tantes unitats per a això."

    @classmethod
    def at(cls, position: int, detail: str) -> "NotOnThatLine":
        """Makes the refusal for one line of the request."""
        pointer = f"/lines/{position}"
        return cls(f"{pointer}: {detail}.", errors=[FieldError(pointer, detail)])


class OtherSidesTurn(Refusal):
    """It is the other location's turn."""

    code = "other_sides_turn"
    es = "Le toca a la otra ubicación."
    ca = "Li toca a l'altra ubicació."


class SamePerson(Refusal):
    """Who shipped the goods cannot receive them too."""

    code = "same_person"
    status = 403
    es = "Quien ha enviado la mercancía no puede recibirla también."
    ca = "Qui ha enviat la mercaderia no la pot rebre també."


class NothingScanned(Refusal):
    """Nothing was scanned yet."""

    code = "nothing_scanned"
    es = "Todavía no se ha leído nada."
    ca = "Encara no s'ha llegit res."


class InTransitChoiceNeeded(Refusal):
    """Goods are on their way: say what becomes of them."""

    code = "in_transit_choice_needed"
    es = "Hay mercancía en camino: indique qué se hace con ella."
    ca = "Hi ha mercaderia en camí: indiqueu què se'n fa."


class CartonTaken(Refusal):
    """A carton with this barcode was announced already."""

    code = "carton_taken"
    es = "Ya se ha anunciado un bulto con este código."
    ca = "Ja s'ha anunciat un bulto amb aquest codi."


class ReceiptOpen(Refusal):
    """A goods receipt of this order is still open."""

    code = "receipt_open"
    es = "Todavía hay una recepción abierta de este pedido."
    ca = "Encara hi ha una recepció oberta d'aquesta comanda."


refuse_on("uq_suppliers_code", SupplierCodeTaken)
refuse_on("uq_notice_cartons_barcode", CartonTaken)
refuse_on("uq_transfer_cartons_barcode", CartonTaken)
