"""What seals look like: pictures of every type that standards and real files have, checked and drawn as PNG.

Pillow is only used here. Nothing in a picture is fetched or run; what cannot be drawn is named, never silently dropped.
"""

from certs.seals.errors import PictureUnusable
from certs.seals.pictures.drawing import LARGEST_SIDE, Drawing
from certs.seals.pictures.kinds import PictureType, check_picture, draw_picture, picture_type
from certs.seals.pictures.markup import Element, MarkupInvalid, read_markup
from certs.seals.pictures.ofd import draw_files
from certs.seals.pictures.round_seal import LONGEST_NAME, round_seal

__all__ = [
    "LARGEST_SIDE",
    "LONGEST_NAME",
    "Drawing",
    "Element",
    "MarkupInvalid",
    "PictureType",
    "PictureUnusable",
    "check_picture",
    "draw_files",
    "draw_picture",
    "picture_type",
    "read_markup",
    "round_seal",
]
