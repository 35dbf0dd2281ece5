"""Runnable imitations of legacy systems over one synthetic world, with their quirks and with faults to order."""
