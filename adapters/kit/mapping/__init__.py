"""Mapping: requests built and replies read as a manifest says, prepared once for an operation and its wanted fields."""

from adapters.kit.mapping.cases import CaseRow
from adapters.kit.mapping.exchanging import CorrectionRow, ExchangeRow, ListedRow, ResourceRow
from adapters.kit.mapping.files import FileRow
from adapters.kit.mapping.forms import Form, FormInvalid, parse_form
from adapters.kit.mapping.identities import ScannedRow
from adapters.kit.mapping.paths import Path, PathInvalid, Segment, parse_path
from adapters.kit.mapping.request import RequestBuilder, compile_request
from adapters.kit.mapping.response import Reader, Reading, compile_reading
from adapters.kit.mapping.scope import Page, Scope
from adapters.kit.mapping.sealing import LogRow, Sealing, SealingRow
from adapters.kit.mapping.shares import Share, ShareRow
from adapters.kit.mapping.success import RowRefused
from adapters.kit.mapping.unwrap import Keys

__all__ = [
    "CaseRow",
    "CorrectionRow",
    "ExchangeRow",
    "FileRow",
    "Form",
    "FormInvalid",
    "Keys",
    "ListedRow",
    "LogRow",
    "Page",
    "Path",
    "PathInvalid",
    "Reader",
    "Reading",
    "RequestBuilder",
    "ResourceRow",
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
