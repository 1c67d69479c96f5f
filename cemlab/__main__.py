"""`python -m cemlab`: the command line."""

import sys

from cemlab.cli import main

if __name__ == "__main__":
    sys.exit(main())
