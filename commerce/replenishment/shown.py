"""Documents as they are shown: with what their articles are called, and with the documents that belong to them."""

from commerce.catalog import ArticleName
from commerce.kernel.ids import TransferId
from commerce.replenishment.facts import Purchase, Receipt, Transfer


class ShownPurchase(Purchase, frozen=True, kw_only=True):
    """A purchase order with the names of its articles."""

    names: tuple[ArticleName, ...]


class ShownReceipt(Receipt, frozen=True, kw_only=True):
    """A goods receipt with the names of its articles."""

    names: tuple[ArticleName, ...]


class ShownTransfer(Transfer, frozen=True, kw_only=True):
    """A transfer with the names of its articles; `returned_by` is the one that brings its goods back."""

    names: tuple[ArticleName, ...]
    returned_by: TransferId | None
