"""Why payments say no."""

from commerce.kernel.errors import Refusal
from commerce.platform.database import refuse_on


class AlreadyPaid(Refusal):
    """The order is paid for already."""

    code = "already_paid"
    es = "El pedido ya está pagado."
    ca = "La comanda ja està pagada."


class PaymentUnderWay(Refusal):
    """Another payment for this order is under way."""

    code = "payment_under_way"
    es = "Ya hay otro pago en curso para este pedido."
    ca = "Ja hi ha un altre pagament en curs per a aquesta comanda."


class NoPaymentMethod(Refusal):
    """The payment method is not one that can be charged."""

    code = "payment_method_unusable"
    status = 422
    es = "El método de pago no se puede usar."
    ca = "El mètode de pagament no es pot fer servir."


class NotChargeable(Refusal):
    """The payment provider cannot charge this amount or currency."""

    code = "not_chargeable"
    status = 422
    es = "El proveedor de pagos no puede cobrar este importe o divisa."
    ca = "El proveïdor de pagaments no pot cobrar aquest import o divisa."


class NotAuthorized(Refusal):
    """No money is held for this, so none can be captured."""

    code = "not_authorized_to_capture"
    es = "No hay importe autorizado que cobrar."
    ca = "No hi ha cap import autoritzat per cobrar."


class MoreThanAuthorized(Refusal):
    """More would be captured than was authorised."""

    code = "more_than_authorized"
    es = "Se cobraría más de lo autorizado."
    ca = "Es cobraria més del que s'ha autoritzat."


class MoreThanCaptured(Refusal):
    """More would be given back than was captured and not yet given back."""

    code = "more_than_captured"
    es = "Se devolvería más de lo cobrado y aún no devuelto."
    ca = "Es retornaria més del que s'ha cobrat i encara no s'ha retornat."


class OtherCurrency(Refusal):
    """The order was paid in another currency."""

    code = "other_currency"
    status = 422
    es = "El pedido se pagó en otra divisa."
    ca = "La comanda es va pagar en una altra divisa."


class PaymentEffectDiffers(Refusal):
    """The effect key has moved other money before."""

    code = "payment_effect_differs"
    es = "Esta clave ya movió otro importe."
    ca = "Aquesta clau ja va moure un altre import."


class BadSignature(Refusal):
    """The signature of the webhook is missing, wrong or too old."""

    code = "webhook_signature_invalid"
    status = 400
    es = "La firma del webhook falta, no es válida o es demasiado antigua."
    ca = "La signatura del webhook falta, no és vàlida o és massa antiga."


class ProviderUnavailable(Refusal):
    """The payment provider does not answer."""

    code = "payment_provider_unavailable"
    status = 503
    es = "El proveedor de pagos no responde."
    ca = "El proveïdor de pagaments no respon."


refuse_on(
    "uq_payments_one_live_per_order",
    lambda: PaymentUnderWay("Wait for the other payment of this order to end, then try again."),
)
