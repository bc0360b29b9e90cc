"""The words that every slice shares: money, ids, clock, errors, states, events, signatures, wire types.

Owns nothing that is stored and does no input or output; imports only the standard library, msgspec and cryptography.
"""
