"""Payment providers, one module each. Composition takes one; nothing else imports them."""

from commerce.payments.adapters.stripe import StripeProvider, stripe_provider

__all__ = ["StripeProvider", "stripe_provider"]
