"""What keeps a key from being used, as far as the remedies differ. ``PinRefused`` is one more, in ``gateway.core``."""

from gateway.core.errors import KeyUnusable


class LibraryMissing(KeyUnusable):
    """The library of a device, or the package that speaks to it, is not there or is none."""


class DeviceAway(KeyUnusable):
    """A device that is not there, is busy, or does not answer; it may be back."""


class KeyMissing(KeyUnusable):
    """A device that has no such key, or more than one."""


class PassphraseMissing(KeyUnusable):
    """A key that is encrypted, without what opens it."""
