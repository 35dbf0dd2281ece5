"""One reader in a process of its own, under atheris: ``python -m tests.soak.fuzzing.process READER FOLDER [OPTION…]``.

What a reader raises beyond its promises is kept, once for each place, and fuzzing goes on. Only what ends the process
itself, a fault in foreign code or a wait in it, is left to the engine, and to whoever starts this again.
"""

import importlib
import logging
import resource
import sys
import warnings
from pathlib import Path

GUIDES = ("certs",)
"""Packages whose coverage guides. Not pyHanko: four times as many inputs reach further than its coverage leads."""
MOST_MEMORY = 6 << 30
"""Bytes of addresses; the engine itself maps a good part of them."""


def main(arguments: list[str]) -> None:
    """Fuzz until the engine's options say that it is enough; then the process ends."""
    name, folder, *options = arguments
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    atheris = importlib.import_module("atheris")  # not in the environment of the product
    with atheris.instrument_imports(include=list(GUIDES)):
        runs = importlib.import_module("tests.soak.fuzzing.runs")  # and with it, for the first time, what it reads with
    reader = importlib.import_module("tests.soak.fuzzing.readers").READERS[name]
    corpus = Path(folder) / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for stem, seed in reader.seeds():
        (corpus / f"seed-{stem}").write_bytes(seed)
    # looked up at each call: Fuzz puts another function in its place
    fuzzing = runs.Fuzzing(reader, Path(folder), lambda data, most: atheris.Mutate(data, most))  # noqa: PLW0108
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    fuzzing.report()
    words = [sys.argv[0], *options, f"-max_len={reader.longest}", f"-artifact_prefix={folder}/findings/", str(corpus)]
    atheris.Setup(words, fuzzing.one, custom_mutator=fuzzing.change)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
