"""The seed of the world that demo and documentation speak of."""

SEED = 20_261_121
