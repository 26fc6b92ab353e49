"""`python -m civicroot_cli` is `civicroot`."""

import sys

from .main import main

sys.exit(main())
