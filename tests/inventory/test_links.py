"""The documents that figures lead to are resources that there are."""

from commerce.app import slices
from commerce.inventory.links import DOCUMENTS, document_href
from commerce.kernel.ids import new_id


def test_each_kind_of_document_leads_to_a_resource_that_there_is() -> None:
    paths = {path for handler in slices.routes() for path in handler.paths}
    shown = {path.rsplit("/{", 1)[0] for path in paths if path.count("{") == 1 and path.endswith("}")}
    assert set(DOCUMENTS.values()) <= shown


def test_a_document_that_is_not_shown_by_itself_leads_to_what_it_moved() -> None:
    document = new_id()
    assert document_href("adjustment", document) == f"/v1/stock/movements?document_id={document}"
    assert document_href("adjustment", None) is None
