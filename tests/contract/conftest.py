"""The walks over all operations are made in the same world as the fuzz run."""

from tests.fuzz.conftest import built, contract, stage

__all__ = ["built", "contract", "stage"]
