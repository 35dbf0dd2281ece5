"""The audit: events, the chains and trees that prove them, exports that anybody can check. Pure; no I/O."""
