"""SOAP: descriptions (WSDL), messages, WS-Security and replies. The only place that knows zeep."""

from adapters.kit.soap.description import SoapDescription, SoapOperation, load_description
from adapters.kit.soap.outline import describe
from adapters.kit.soap.reply import read_reply
from adapters.kit.soap.security import UsernameToken
from adapters.kit.soap.versions import SoapVersion

__all__ = [
    "SoapDescription",
    "SoapOperation",
    "SoapVersion",
    "UsernameToken",
    "describe",
    "load_description",
    "read_reply",
]
