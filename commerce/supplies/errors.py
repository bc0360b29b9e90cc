"""What supplies refuse."""

from commerce.kernel.errors import Refusal


class ClaimOver(Refusal):
    """What the order waited for is kept for it no longer."""

    code = "claim_over"
    es = "Lo que esperaba el pedido ya no está reservado para él."
    ca = "El que esperava la comanda ja no està reservat per a ella."
