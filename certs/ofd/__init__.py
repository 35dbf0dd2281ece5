"""OFD documents (GB/T 33190): read as packages, sealed and signed, and examined."""

from certs.ofd.comparing import compare_ofd
from certs.ofd.document import count_pages
from certs.ofd.errors import (
    EntryDamaged,
    KeywordNowhere,
    KeywordTooOften,
    NoOfd,
    OfdEncrypted,
    OfdError,
    OfdInvalid,
    OfdLocked,
    PlacementInvalid,
    SealUnusable,
)
from certs.ofd.examining import examine_ofd
from certs.ofd.limits import LIMITS, Limits
from certs.ofd.package import OfdPackage, Openable
from certs.ofd.placement import Placement
from certs.ofd.rendering import PageDrawing, draw_page
from certs.ofd.sealing import seal_ofd, sign_ofd
from certs.ofd.sources import SMALL
from certs.placement import AcrossPages, AtKeyword, AtPoint, Edge

__all__ = [
    "LIMITS",
    "SMALL",
    "AcrossPages",
    "AtKeyword",
    "AtPoint",
    "Edge",
    "EntryDamaged",
    "KeywordNowhere",
    "KeywordTooOften",
    "Limits",
    "NoOfd",
    "OfdEncrypted",
    "OfdError",
    "OfdInvalid",
    "OfdLocked",
    "OfdPackage",
    "Openable",
    "PageDrawing",
    "Placement",
    "PlacementInvalid",
    "SealUnusable",
    "compare_ofd",
    "count_pages",
    "draw_page",
    "examine_ofd",
    "seal_ofd",
    "sign_ofd",
]
