"""What the storefront does when others report."""

from commerce.platform.work import Reaction, within
from commerce.pricing import PriceListChanged
from commerce.storefront.held_lists import lists_changed

REACTIONS: list[Reaction] = [within(PriceListChanged, lists_changed)]
