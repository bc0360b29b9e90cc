"""What imports refuse."""

from commerce.kernel.errors import Refusal


class FileTooLarge(Refusal):
    """The file is larger than an import may be."""

    code = "file_too_large"
    status = 413
    es = "El archivo es más grande de lo que admite una importación."
    ca = "El fitxer és més gran del que admet una importació."


class TooManyColumns(Refusal):
    """The catalogue has more price lists and locations than a CSV has columns for."""

    code = "too_many_columns"
    status = 409
    es = "El catálogo tiene más tarifas y ubicaciones de las que caben en las columnas de un CSV."
    ca = "El catàleg té més tarifes i ubicacions de les que caben a les columnes d'un CSV."


class ImportOver(Refusal):
    """The import is over already."""

    code = "import_over"
    status = 409
    es = "La importación ya ha terminado."
    ca = "La importació ja ha acabat."


class Unreadable(Refusal):
    """The file cannot be read from this line on."""

    code = "file_unreadable"
    status = 400
    es = "El archivo no se puede leer a partir de esta línea."
    ca = "El fitxer no es pot llegir a partir d'aquesta línia."

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"Line {line}: {reason}", line=line)
        self.line = line
        self.reason = reason
