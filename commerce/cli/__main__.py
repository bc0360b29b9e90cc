"""`python -m commerce.cli`, where no console script is installed."""

import sys

from commerce.cli.main import main

sys.exit(main())
