"""Mapping: requests built and replies read as a manifest says, prepared once for an operation and its wanted fields."""

from adapters.kit.mapping.forms import Form, FormInvalid, parse_form
from adapters.kit.mapping.paths import Path, PathInvalid, Segment, parse_path
from adapters.kit.mapping.request import RequestBuilder, Scope, compile_request
from adapters.kit.mapping.response import Reader, Reading, compile_reading

__all__ = [
    "Form",
    "FormInvalid",
    "Path",
    "PathInvalid",
    "Reader",
    "Reading",
    "RequestBuilder",
    "Scope",
    "Segment",
    "compile_reading",
    "compile_request",
    "parse_form",
    "parse_path",
]
