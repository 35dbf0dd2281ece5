"""Other programs that do what a suite measures, as far as they are on this machine."""

from collections.abc import Sequence
from io import BytesIO

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, async_sign_pdf
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

from bench.frame import Subject
from bench.suite import Peers
from certs.x509.private_key import key_to_pem
from tests.pdf import stage
from tests.pdf.documents import pdf


def signing_of_pyhanko() -> Sequence[Subject]:
    """The way of pyHanko itself to sign the same PDF with the same key, in memory and not shown on a page."""
    office = stage.seal_office()
    key = load_pem_private_key(key_to_pem(office.key).encode(), password=None)
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    chain = SimpleCertificateStore()  # type: ignore[no-untyped-call] # ships types for most of what it has
    chain.register_multiple(found for one in office.chain for found in load_certs_from_pemder_data(one.der))
    signer = SimpleSigner(
        signing_cert=next(iter(load_certs_from_pemder_data(office.certificate.der))),
        signing_key=load_private_key_from_pemder_data(plain, passphrase=None),
        cert_registry=chain,
    )
    metadata = PdfSignatureMetadata(field_name="Signature1", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
    document = pdf()

    async def work() -> None:
        await async_sign_pdf(IncrementalPdfFileWriter(BytesIO(document)), metadata, signer)

    return [
        Subject(
            name="pyhanko-pdf-sign",
            chinese="对比：pyHanko 签同一 PDF",
            english="peer: pyHanko signs the same PDF, in memory",
            work=work,
        )
    ]


PEERS_OF_SEALS = Peers(
    "SM2 总是与 openssl 命令对比；PDF 与 pyHanko 对比；OFD 在此没有可对比的程序（参考实现是 Java 程序）。 · "
    "SM2 is always compared with the openssl command, PDF here with pyHanko; for OFD there is nothing here to compare "
    "with (the reference implementation is a Java program).",
    signing_of_pyhanko,
)

NO_PEERS = Peers("此处没有可对比的程序。 · There is no other program here to compare with.", lambda: ())
