"""What anybody who may have a basket priced can ask of tax."""

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from commerce.kernel import clock
from commerce.platform.database import Database
from commerce.platform.http import Call, perform_flow, post
from commerce.tax.adapters import vat_registry
from commerce.tax.ports import VatRegistry
from commerce.tax.schemas_sellers import VatCheckIn, VatCheckOut
from commerce.tax.vat_numbers import check_vat_number

SAYS: Final = {
    "valid": {
        "en": "This number is valid. Goods sent to a business in another member state are exempt.",
        "es": "El número es válido. Los envíos a empresas de otro Estado miembro están exentos.",
        "ca": "El número és vàlid. Els enviaments a empreses d'un altre estat membre estan exempts.",
    },
    "invalid": {
        "en": "This number is not registered for purchases between member states. Tax is charged.",
        "es": "El número no está registrado para operaciones intracomunitarias. Se aplica el impuesto.",
        "ca": "El número no està registrat per a operacions intracomunitàries. S'aplica l'impost.",
    },
    "malformed": {
        "en": "This is no VAT number: its form or its check digits are wrong.",
        "es": "No es un NIF-IVA: su formato o sus dígitos de control no son correctos.",
        "ca": "No és un NIF-IVA: el format o els dígits de control no són correctes.",
    },
    "unchecked": {
        "en": "The registry cannot be asked at the moment. Tax is charged until the number is confirmed.",
        "es": "Ahora no se puede consultar el registro. Se aplica el impuesto hasta que se confirme el número.",
        "ca": "Ara no es pot consultar el registre. S'aplica l'impost fins que es confirmi el número.",
    },
}


@post("/v1/tax/vat-numbers/check", operation="checkVatNumber", scope="quotes", tag="tax", status=200)
async def check_vat_number_route(request: Call, data: JSONBody[VatCheckIn]) -> Response[VatCheckOut]:
    """Check a VAT number: its digits here, then with the registry of its member state, if no recent answer is known."""
    registry = vat_registry(request.services.settings)
    return await perform_flow(request, _checked, registry, data.number, request.language, at=clock.now())


async def _checked(
    db: Database, _command: UUID, registry: VatRegistry | None, number: str, language: str, *, at: datetime
) -> VatCheckOut:
    found = await check_vat_number(db, registry, number, at=at)
    return VatCheckOut(
        number=found.number,
        state=found.state,
        checked_at=found.checked_at,
        consultation=found.consultation,
        says=SAYS[found.state][language],
    )


ROUTES: list[HTTPRouteHandler] = [check_vat_number_route]
