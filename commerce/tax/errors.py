"""What tax refuses."""

from commerce.kernel.errors import FieldError, Refusal
from commerce.platform.database import refuse_on


class TaxRatesOverlap(Refusal):
    """Another rate of this category and country holds on some of these days."""

    code = "tax_rates_overlap"
    status = 409
    es = "Otro tipo de esta categoría y país rige en alguno de estos días."
    ca = "Un altre tipus d'aquesta categoria i país regeix en algun d'aquests dies."


class TaxCategoryTaken(Refusal):
    """There is a tax category with this code already."""

    code = "tax_category_taken"
    status = 409
    es = "Ya existe una categoría de impuesto con este código."
    ca = "Ja hi ha una categoria d'impost amb aquest codi."


def _taken() -> TaxCategoryTaken:
    return TaxCategoryTaken("Choose another code.", errors=[FieldError("/code", "Taken.")])


refuse_on("pk_tax_categories", _taken)
