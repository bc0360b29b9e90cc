"""Customers: which groups and segments they are in, and the business that they buy for.

Owns: customer_groups, customer_group_members, customer_businesses.
Promises: group codes are unique among live ones; who leaves a group is out of it with the commit, since membership is read
per request and lives in no process; VAT numbers are kept as given and in their compact form.
Emits: customers.group_changed, customers.members_changed, customers.business_changed.
Knows: accounts, by their ids; whether a customer has ordered before, by the orders' table. No price, no promotion.
"""

from commerce.customers.errors import CustomerGroupCodeTaken
from commerce.customers.events import CustomerBusinessChanged, CustomerGroupChanged, CustomerGroupMembersChanged
from commerce.customers.facts import CustomerFacts
from commerce.customers.manage_groups import change_group, change_members, create_group, withdraw_group
from commerce.customers.queries import buyer_facts, facts_columns
from commerce.customers.rules import vat_key
from commerce.customers.set_business import remove_business, set_business

__all__ = [
    "CustomerBusinessChanged",
    "CustomerFacts",
    "CustomerGroupChanged",
    "CustomerGroupCodeTaken",
    "CustomerGroupMembersChanged",
    "buyer_facts",
    "change_group",
    "change_members",
    "create_group",
    "facts_columns",
    "remove_business",
    "set_business",
    "vat_key",
    "withdraw_group",
]
