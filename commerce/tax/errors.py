"""What tax refuses."""

from commerce.kernel.errors import FieldError, InvalidInput, Refusal, invalid
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


class TaxProfileExists(Refusal):
    """How tax is rounded in this zone is set already."""

    code = "tax_profile_exists"
    status = 409
    es = "Ya está fijado cómo se redondea el impuesto en esta zona."
    ca = "Ja està fixat com s'arrodoneix l'impost en aquesta zona."


class TaxSellerExists(Refusal):
    """How the shop sells from this country is set already."""

    code = "tax_seller_exists"
    status = 409
    es = "Ya está fijado cómo vende la tienda desde este país."
    ca = "Ja està fixat com ven la botiga des d'aquest país."


class OneThresholdOnly(Refusal):
    """The threshold for distance sales is for shops that are established in one member state only."""

    code = "one_threshold_only"
    status = 409
    es = "El umbral de ventas a distancia es solo para quien está establecido en un único Estado miembro."
    ca = "El llindar de vendes a distància és només per a qui està establert en un únic estat membre."


class DestinationOptionBinds(Refusal):
    """Taxation at destination was chosen, and that binds for two calendar years."""

    code = "destination_option_binds"
    status = 409
    es = "Se optó por tributar en destino, y esa opción obliga durante dos años naturales."
    ca = "Es va optar per tributar en destinació, i aquesta opció obliga durant dos anys naturals."


class DistanceThresholdCrossed(Refusal):
    """The sale goes beyond the threshold for distance sales and is taxed where the goods arrive."""

    code = "distance_threshold_crossed"
    status = 409
    es = "La venta supera el umbral de ventas a distancia y tributa donde llegan los bienes."
    ca = "La venda supera el llindar de vendes a distància i tributa on arriben els béns."


class FeesOverlap(Refusal):
    """Another fee with this code holds for the article at the same time."""

    code = "fees_overlap"
    status = 409
    es = "Otra tasa con este código rige para el artículo al mismo tiempo."
    ca = "Una altra taxa amb aquest codi regeix per a l'article alhora."


class TooManyProofs(Refusal):
    """The supply has as many proofs as can be kept."""

    code = "too_many_proofs"
    status = 409
    es = "La entrega ya tiene tantos justificantes como se pueden guardar."
    ca = "El lliurament ja té tants justificants com se'n poden desar."


def _taken() -> TaxCategoryTaken:
    return TaxCategoryTaken("Choose another code.", errors=[FieldError("/code", "Taken.")])


def _profile_exists() -> TaxProfileExists:
    return TaxProfileExists("Change the one that there is.", errors=[FieldError("/zone", "Set already.")])


def _seller_exists() -> TaxSellerExists:
    return TaxSellerExists("Change the one that there is.", errors=[FieldError("/country", "Set already.")])


def _one_threshold() -> OneThresholdOnly:
    return OneThresholdOnly(
        "Another country is below the threshold: set that one to destination first.",
        errors=[FieldError("/distance", "Only one country can be taxed at origin.")],
    )


def _no_such_category() -> InvalidInput:
    return invalid("/tax_category", "There is no such tax category; add it first.")


refuse_on("pk_tax_categories", _taken)
refuse_on("pk_tax_profiles", _profile_exists)
refuse_on("pk_tax_sellers", _seller_exists)
refuse_on("uq_tax_sellers_origin", _one_threshold)
refuse_on("fk_fees_tax_category_tax_categories", _no_such_category)
