"""State: what outlives a request, behind the ports of core."""
