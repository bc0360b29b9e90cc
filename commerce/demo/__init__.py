"""The demo: one order played from end to end, by a client that knows nothing but the API.

Owns: nothing. Promises: whatever it shows came over HTTP from the running server. Knows: the kernel's words and the API, no slice.
"""

from commerce.demo.play import Finished, play

__all__ = ["Finished", "play"]
