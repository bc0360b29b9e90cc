"""Importing: a merchant's files become the catalogue, with its prices and its first stock, and the catalogue becomes a file.

Owns: imports, import_pieces, import_troubles, import_differences, import_marks.
Promises: each row that cannot go in is reported with its line, its column and the reason, and the good ones go in; the same file again
changes nothing; a run that was killed goes on where it was, and nothing is done twice; memory does not grow with the file; what goes out in the
plain formats comes in again as it was.
Emits: importing.import_finished.
Knows: catalogue, pricing, inventory.
"""

from commerce.importing.events import ImportFinished
from commerce.importing.export_products import csv_header, export_csv, export_jsonl
from commerce.importing.facts import Format
from commerce.importing.queries import differences
from commerce.importing.recognise import recognised
from commerce.importing.run_import import import_file, run_import
from commerce.importing.schemas import ImportCountsOut, JobOut
from commerce.importing.start_import import ImportOf, start_import

__all__ = [
    "Format",
    "ImportCountsOut",
    "ImportFinished",
    "ImportOf",
    "JobOut",
    "csv_header",
    "differences",
    "export_csv",
    "export_jsonl",
    "import_file",
    "recognised",
    "run_import",
    "start_import",
]
