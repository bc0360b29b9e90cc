"""What is refused about kits."""

from commerce.kernel.errors import Refusal
from commerce.platform.database import refuse_on


class KitInKit(Refusal):
    """A kit is not made of kits."""

    code = "kit_in_kit"
    es = "Un lote no se compone de otros lotes."
    ca = "Un lot no es compon d'altres lots."


class KitOfNothing(Refusal):
    """A kit has at least one component of which stock is kept."""

    code = "kit_of_nothing"
    es = "Un lote tiene al menos un componente con existencias."
    ca = "Un lot té almenys un component amb existències."


class StockIsKept(Refusal):
    """Stock of this article has been kept already."""

    code = "stock_is_kept"
    es = "De este artículo ya se ha llevado existencia."
    ca = "D'aquest article ja se n'ha portat existència."


refuse_on("variants_without_stock", lambda: StockIsKept("Make a new article: this one has a history on shelves."))
