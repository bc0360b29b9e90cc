"""Figures of several server processes, added up through files; to be called before anything imports the metrics."""

import os
import shutil
from pathlib import Path

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def share_between_processes(folder: Path) -> None:
    """Make `/metrics` answer for all processes that this one starts from now on. The folder is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)  # not there at the first start
    folder.mkdir(parents=True)
    os.environ[FOLDER_VARIABLE] = str(folder.resolve())
