"""The emulated device of GM/T 0018: compiled, certified, taken out and put back."""

import ctypes
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from certs import sm
from certs.signers import sdf_library
from certs.signers.sdf_library import PublicNumbers
from certs.x509 import Certificate, PublicKey
from tests.x509.authorities import authority


def emulated(folder: Path) -> Path:
    """The emulator's library, compiled into a folder."""
    source = Path(__file__).with_name("sdf") / "emulator.c"
    built = folder / "libsdf.so"
    options = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(
        ["cc", *options, "-o", str(built), str(source), "-l:libcrypto.so.3"],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return built


def public_key(library: Path, index: int) -> PublicKey:
    """Of the emulator's key of this number."""
    loaded = sdf_library.load(str(library))
    made, session = ctypes.c_void_p(), ctypes.c_void_p()
    numbers = PublicNumbers()
    for code in (
        loaded.SDF_OpenDevice(ctypes.byref(made)),
        loaded.SDF_OpenSession(made, ctypes.byref(session)),
        loaded.SDF_ExportSignPublicKey_ECC(session, index, ctypes.byref(numbers)),
        loaded.SDF_CloseSession(session),
        loaded.SDF_CloseDevice(made),
    ):
        sdf_library.check(code)
    key = sm.Sm2PublicKey(sdf_library.number(numbers.x), sdf_library.number(numbers.y))
    return PublicKey.read(key.to_der())


def certified(library: Path, index: int) -> Certificate:
    """A certificate of the emulator's key of this number."""
    return authority().certify("device", public_key(library, index))


@contextmanager
def away(library: Path) -> Iterator[None]:
    """The device does not answer any more; what was open is open, and refused."""
    loaded = sdf_library.load(str(library))
    loaded.emulator_take_out(1)
    try:
        yield
    finally:
        loaded.emulator_take_out(0)
