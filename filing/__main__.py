"""``python -m filing``: the command line."""

from filing.app import main

main()
