"""Care: what the customer is told, in the order's own language.

Owns: notifications, the record of what was sent: no address and no text is kept.
Promises: one message for one happening, also when the sender was killed in between: a message sent again carries the same Message-ID;
every message there is in es, ca and en; nothing is sent for what was rolled back.
Emits: nothing.
Knows: orders, fulfilment, payments, recourse, uncollected, aftersale and stores, by the facts that they report.
"""

from commerce.care.facts import Kind

__all__ = ["Kind"]
