"""What counting refuses."""

from commerce.kernel.errors import Refusal


class NotAllCounted(Refusal):
    """Some articles of the count were not counted."""

    code = "not_all_counted"
    es = "Faltan artículos por contar."
    ca = "Falten articles per comptar."


class NeedsAnother(Refusal):
    """Somebody else has to decide this."""

    code = "needs_another_person"
    es = "Debe decidirlo otra persona."
    ca = "Ho ha de decidir una altra persona."


class TooManyRounds(Refusal):
    """The shelf was counted as often as one count allows."""

    code = "too_many_rounds"
    es = "El estante ya se ha contado tantas veces como permite un recuento."
    ca = "El prestatge ja s'ha comptat tantes vegades com permet un recompte."


class NothingToCount(Refusal):
    """Nothing of that was ever at this location."""

    code = "nothing_to_count"
    es = "Nada de eso ha estado nunca en esta ubicación."
    ca = "Res d'això no ha estat mai en aquesta ubicació."


class ReasonUnusable(Refusal):
    """Shelves are not corrected for this reason."""

    code = "reason_unusable"
    es = "No se corrigen existencias por este motivo."
    ca = "No es corregeixen existències per aquest motiu."
