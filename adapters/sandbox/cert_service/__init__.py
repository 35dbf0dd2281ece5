"""A provincial licence library over SOAP 1.1, document/literal, with WS-Security UsernameToken."""
