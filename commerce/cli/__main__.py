"""`python -m commerce.cli`: the same as the `commerce` command."""

import sys

from commerce.cli import main

sys.exit(main())
