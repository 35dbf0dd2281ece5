"""Family L1, ``license-app``: a licence library over REST and JSON with a session token and use codes."""
