"""`python -m gateway.cli`: the `yiwang` command without its script."""

from gateway.cli.main import main

main()
