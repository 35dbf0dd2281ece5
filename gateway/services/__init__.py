"""Use cases, a verb each: they know policy and ports, never adapters, SQL or HTTP."""
