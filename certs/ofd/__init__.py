"""OFD documents (GB/T 33190): read as packages, sealed and signed, and examined."""

from certs.ofd.errors import EntryDamaged, OfdError, OfdInvalid, OfdLocked, PlacementInvalid, SealUnusable
from certs.ofd.examining import examine_ofd
from certs.ofd.limits import LIMITS, Limits
from certs.ofd.package import OfdPackage
from certs.ofd.placement import Placement
from certs.ofd.sealing import seal_ofd, sign_ofd
from certs.placement import AcrossPages, AtKeyword, AtPoint, Edge

__all__ = [
    "LIMITS",
    "AcrossPages",
    "AtKeyword",
    "AtPoint",
    "Edge",
    "EntryDamaged",
    "Limits",
    "OfdError",
    "OfdInvalid",
    "OfdLocked",
    "OfdPackage",
    "Placement",
    "PlacementInvalid",
    "SealUnusable",
    "examine_ofd",
    "seal_ofd",
    "sign_ofd",
]
