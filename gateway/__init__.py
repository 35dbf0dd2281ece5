"""The running gateway: command, composition root, settings, domain, use cases, state and the web."""
