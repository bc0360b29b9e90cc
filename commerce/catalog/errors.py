"""What the catalogue refuses."""

from commerce.kernel.errors import AlreadyExists, FieldError, Refusal, invalid
from commerce.platform.database import refuse_on


class SlugTaken(Refusal):
    """Another one already has this slug."""

    code = "slug_taken"
    es = "Otro ya usa esta dirección (slug)."
    ca = "Un altre ja fa servir aquesta adreça (slug)."


class TooManySynonyms(Refusal):
    """There are as many sets of synonyms as there can be."""

    code = "too_many_synonyms"
    es = "Ya hay tantos grupos de sinónimos como puede haber."
    ca = "Ja hi ha tants grups de sinònims com n'hi pot haver."


class HandleTaken(Refusal):
    """Another product already has this handle."""

    code = "handle_taken"
    es = "Otro producto ya usa este identificador (handle)."
    ca = "Un altre producte ja fa servir aquest identificador (handle)."


class SkuTaken(Refusal):
    """Another variant already has this SKU."""

    code = "sku_taken"
    es = "Otra variante ya usa esta referencia (SKU)."
    ca = "Una altra variant ja fa servir aquesta referència (SKU)."


class BarcodeTaken(Refusal):
    """Another variant already has this barcode."""

    code = "barcode_taken"
    es = "Otra variante ya usa este código de barras."
    ca = "Una altra variant ja fa servir aquest codi de barres."


class OptionsTaken(Refusal):
    """The product already has a variant with these option values."""

    code = "options_taken"
    es = "El producto ya tiene una variante con estas opciones."
    ca = "El producte ja té una variant amb aquestes opcions."


class CategoryInUse(Refusal):
    """The category still has categories below it."""

    code = "category_in_use"
    es = "La categoría todavía tiene otras por debajo."
    ca = "La categoria encara en té d'altres a sota."


class NothingToSell(Refusal):
    """A product without variants cannot be published."""

    code = "nothing_to_sell"
    es = "Un producto sin variantes no se puede publicar."
    ca = "Un producte sense variants no es pot publicar."


class ShortCodeTaken(Refusal):
    """Another variant already has this short code."""

    code = "short_code_taken"
    es = "Otra variante ya usa este código corto."
    ca = "Una altra variant ja fa servir aquest codi curt."


class DefinitionInUse(Refusal):
    """What products are described by cannot go while they use it."""

    code = "definition_in_use"
    es = "No se puede quitar: hay productos que lo usan."
    ca = "No es pot treure: hi ha productes que ho fan servir."


def _slug_taken() -> SlugTaken:
    detail = "Another one has this slug, which is made of the name unless it is given: send another one as `slug`."
    return SlugTaken(detail, errors=[FieldError("/slug", "another one has it")])


def _handle_taken() -> HandleTaken:
    detail = "Another product has this handle, which is the slug unless it is given: send another one as `handle`."
    return HandleTaken(detail, errors=[FieldError("/handle", "another product has it")])


def _code_taken() -> AlreadyExists:
    return AlreadyExists(
        "Another one has this code: choose another.", errors=[FieldError("/code", "another one has it")]
    )


for _name in ("uq_products_slug", "uq_categories_slug", "uq_collections_slug"):
    refuse_on(_name, _slug_taken)
refuse_on("uq_products_handle", _handle_taken)
refuse_on("uq_variants_sku", SkuTaken)
refuse_on("uq_variants_barcode_key", BarcodeTaken)
refuse_on("uq_variant_barcodes_barcode_key", BarcodeTaken)
refuse_on("uq_variants_short_code", ShortCodeTaken)
refuse_on("uq_variants_option_values", OptionsTaken)
refuse_on("fk_assortments_channel_id_channels", lambda: invalid("/assortment", "There is no such channel."))
refuse_on("fk_assortments_location_id_locations", lambda: invalid("/assortment", "There is no such location."))
for _name in ("pk_attributes", "pk_product_types", "pk_custom_fields", "uq_parties_code"):
    refuse_on(_name, _code_taken)
