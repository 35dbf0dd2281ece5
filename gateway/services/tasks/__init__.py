"""Durable work: leases that this process holds, and the worker that hands tasks to those who do them."""
