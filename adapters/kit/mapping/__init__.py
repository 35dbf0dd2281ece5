"""Mapping: requests built and replies read as a manifest says, prepared once for an operation and its wanted fields."""

from adapters.kit.mapping.cases import CaseRow
from adapters.kit.mapping.files import FileRow
from adapters.kit.mapping.forms import Form, FormInvalid, parse_form
from adapters.kit.mapping.identities import ScannedRow
from adapters.kit.mapping.paths import Path, PathInvalid, Segment, parse_path
from adapters.kit.mapping.request import Page, RequestBuilder, Scope, compile_request
from adapters.kit.mapping.response import Reader, Reading, compile_reading
from adapters.kit.mapping.sealing import LogRow, Sealing, SealingRow
from adapters.kit.mapping.shares import Share, ShareRow
from adapters.kit.mapping.success import RowRefused
from adapters.kit.mapping.unwrap import Keys

__all__ = [
    "CaseRow",
    "FileRow",
    "Form",
    "FormInvalid",
    "Keys",
    "LogRow",
    "Page",
    "Path",
    "PathInvalid",
    "Reader",
    "Reading",
    "RequestBuilder",
    "RowRefused",
    "ScannedRow",
    "Scope",
    "Sealing",
    "SealingRow",
    "Segment",
    "Share",
    "ShareRow",
    "compile_reading",
    "compile_request",
    "parse_form",
    "parse_path",
]
