"""Entry point of `python -m bmtui`."""

import sys

from bmtui.cli.main import main

sys.exit(main())
