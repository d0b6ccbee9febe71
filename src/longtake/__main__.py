"""``python -m longtake``."""

from longtake.cli.main import main

main()
