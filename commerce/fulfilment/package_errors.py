"""What packages and labels refuse."""

from commerce.kernel.errors import Refusal
from commerce.platform.database import refuse_on


class NotAllPacked(Refusal):
    """The packages do not hold exactly what leaves."""

    code = "not_all_packed"
    es = "Los paquetes no contienen exactamente lo que sale."
    ca = "Els paquets no contenen exactament el que surt."


class TooManyPackages(Refusal):
    """The work has as many packages as it may have."""

    code = "too_many_packages"
    es = "El trabajo ya tiene todos los paquetes permitidos."
    ca = "La feina ja té tots els paquets permesos."


class LabelRefused(Refusal):
    """No label can be made for this package as it is."""

    code = "label_refused"
    es = "No se puede hacer una etiqueta para este paquete tal como está."
    ca = "No es pot fer una etiqueta per a aquest paquet tal com està."


class LabelUnsure(Refusal):
    """Nobody knows yet whether a label was made."""

    code = "label_unsure"
    status = 503
    es = "Aún no se sabe si se ha hecho una etiqueta."
    ca = "Encara no se sap si s'ha fet una etiqueta."


class PackagesChanged(Refusal):
    """The packages changed while the label was made."""

    code = "packages_changed"
    es = "Los paquetes han cambiado mientras se hacía la etiqueta."
    ca = "Els paquets han canviat mentre es feia l'etiqueta."


refuse_on("uq_package_labels_good", PackagesChanged)
