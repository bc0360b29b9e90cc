"""What media refuse."""

from commerce.kernel.errors import Refusal


class MediaRefused(Refusal):
    """The file is no picture or document that is taken."""

    code = "media_refused"
    status = 422
    es = "El archivo no es una imagen ni un documento que se admita."
    ca = "El fitxer no és cap imatge ni cap document que s'admeti."


class MediaTooLarge(Refusal):
    """The file is larger than media may be."""

    code = "media_too_large"
    status = 413
    es = "El archivo es más grande de lo que se admite."
    ca = "El fitxer és més gran del que s'admet."


class MediaInUse(Refusal):
    """A product still shows it."""

    code = "media_in_use"
    es = "Un producto todavía lo muestra."
    ca = "Un producte encara el mostra."


class MediaLeaving(Refusal):
    """The same file is being deleted at this moment."""

    code = "media_leaving"
    status = 503
    es = "El mismo archivo se está borrando en este momento."
    ca = "El mateix fitxer s'està esborrant en aquest moment."


class MediaStoreAway(Refusal):
    """The store of pictures and documents cannot be reached."""

    code = "media_store_away"
    status = 503
    es = "El almacén de imágenes y documentos no responde."
    ca = "El magatzem d'imatges i documents no respon."
