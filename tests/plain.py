"""What clients of servers beside the tests take for TLS, though none of them ever speaks it.

Left to itself, each client reads all the authorities of the web anew: that is half of what it costs to start a program for a test.
"""

import ssl

PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
