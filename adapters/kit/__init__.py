"""What turns a manifest into a working adapter; the only place that knows zeep, SOAP's lxml and the HTTP client."""
