"""What can go wrong with `yiwang seal`, said with its remedy in the reader's language."""

from typing import Final

from certs import ofd, pdf
from certs.documents import ChainRefused, DocumentError, LevelUnsupported, problem_of
from certs.ofd import OfdError
from certs.ofd.errors import CertificateOut, KeyUnfit
from certs.pdf import PdfError
from certs.seals import PictureUnusable, SealError
from certs.signers.troubles import DeviceAway, KeyMissing, LibraryMissing, PassphraseMissing
from certs.timestamps import TimestampError
from certs.x509 import CertificateInvalid
from gateway.core.errors import ConfigurationInvalid, KeyUnusable, PinRefused, YiwangError
from gateway.core.text import Text


class Unusable(YiwangError):
    """Input that the command cannot work with.

    Args:
        reason: what is wrong, for readers.
        remedy: how to mend it.
    """

    def __init__(self, reason: Text, remedy: Text) -> None:
        self.reason = reason
        self.remedy = remedy
        super().__init__(reason.en)


Failure = (
    Unusable
    | OfdError
    | PdfError
    | SealError
    | DocumentError
    | TimestampError
    | CertificateInvalid
    | KeyUnusable
    | ConfigurationInvalid
    | OSError
)
"""What a document, or what is needed to work on it, can fail by; anything else is a defect."""

FAILURES: Final = (
    Unusable,
    OfdError,
    PdfError,
    SealError,
    DocumentError,
    TimestampError,
    CertificateInvalid,
    KeyUnusable,
    ConfigurationInvalid,
    OSError,
)
"""The same, to be caught."""

_PLACE: Final = Text(
    "换一个位置：--at 页,X,Y（毫米，自页面左上角到印章左上角）、--keyword 文字 或 --cross-page",
    "name another place: --at PAGE,X,Y (mm, from the page's top left corner to the seal's), --keyword or --cross-page",
)
_SEAL: Final = Text(
    "使用有效期内、签章人列表中有该证书的印章（docs/how-to/seal-documents.md）",
    "use a seal that is in force and lists this certificate (docs/how-to/seal-documents.md)",
)
_VALID: Final = Text(
    "使用有效、未吊销的证书与印章", "use a certificate and a seal of which none was revoked or has ended"
)
_LEVEL: Final = Text("OFD 使用 --level b 或 t", "take --level b or t for OFD")
_STAMP: Final = Text("检查 --tsa 与 --trust，或稍后再试", "see that --tsa and --trust are right, or try again later")
_CERTIFICATE: Final = Text("给出 DER 或 PEM 证书", "give a certificate, in DER or PEM")
_KEY: Final = Text("参见 docs/how-to/bring-keys.md", "see docs/how-to/bring-keys.md")
_FILE: Final = Text(
    "确认路径存在、有权限、磁盘有空间", "see that the place is there, may be written, and has room for it"
)

_PASSPHRASE: Final = Text(
    "把口令放入环境变量 YIWANG_SEAL_PIN（docs/how-to/bring-keys.md）",
    "put the passphrase into the variable YIWANG_SEAL_PIN (docs/how-to/bring-keys.md)",
)
_LIBRARY: Final = Text(
    "安装厂商的动态库（pkcs11: 另需 pip install 'yiwang[pkcs11]'），核对 module-path 与文件的位数、权限",
    "install the vendor's library (for pkcs11: also pip install 'yiwang[pkcs11]'), and see that module-path names it",
)
_AWAY: Final = Text(
    "检查设备的连接、供电与厂商的服务；pkcs11: 再核对 token=、serial=；然后重试",
    "see that the device is connected and its vendor's service runs; for pkcs11: also token= and serial=; try again",
)
_NO_KEY: Final = Text(
    "按设备中的密钥改正引用：pkcs11: 的 object=、id=，sdf: 的 key=；pkcs11: 还须给出 PIN 才看得见私钥",
    "mend the reference by what is in the device: object= and id= of pkcs11:, key= of sdf:; pkcs11: needs its PIN too",
)
_PIN: Final = Text(
    "核对 YIWANG_SEAL_PIN 后再试：多次出错会锁死设备，锁死后须由管理员解锁",
    "see that YIWANG_SEAL_PIN is right before you try again: a device locks itself after a few wrong ones",
)
_KEYWORD: Final = Text(
    "写出更长、出现次数更少的文字，或用 --at 页,X,Y", "give a longer text that is there less often, or --at PAGE,X,Y"
)
_PICTURE: Final = Text(
    "给出完好的 PNG、JPEG、BMP、GIF、SVG 或 OFD 图片，或去掉 --picture",
    "give a sound picture in PNG, JPEG, BMP, GIF, SVG or OFD, or leave --picture out",
)
_SM2: Final = Text(
    "OFD 只能用 SM2 密钥和证书；RSA、EC 密钥可用于 PDF", "OFD takes SM2 keys only; those of RSA and EC are for PDF"
)
_IN_FORCE: Final = Text("使用有效期内的证书", "use a certificate that is in force")
_REMEDIES: Final[tuple[tuple[type[Exception], Text], ...]] = (
    (PassphraseMissing, _PASSPHRASE),
    (PictureUnusable, _PICTURE),
    (ofd.KeywordTooOften, _KEYWORD),
    (pdf.KeywordTooOften, _KEYWORD),
    (ofd.PlacementInvalid, _PLACE),
    (pdf.PlacementInvalid, _PLACE),
    (KeyUnfit, _SM2),
    (CertificateOut, _IN_FORCE),
    (ofd.SealUnusable, _SEAL),
    (pdf.SignerUnusable, _SEAL),
    (pdf.SealPictureUnusable, _SEAL),
    (pdf.ProofMissing, _STAMP),
    (SealError, _SEAL),
    (ChainRefused, _VALID),
    (LevelUnsupported, _LEVEL),
    (TimestampError, _STAMP),
    (CertificateInvalid, _CERTIFICATE),
    (LibraryMissing, _LIBRARY),
    (PinRefused, _PIN),
    (KeyMissing, _NO_KEY),
    (DeviceAway, _AWAY),
    (KeyUnusable, _KEY),
)
"""The first that fits, where the command knows more of the remedy than the catalogue of problems."""


def explained(error: Failure) -> tuple[Text, Text]:
    """What is wrong, and how to mend it."""
    if isinstance(error, Unusable):
        return error.reason, error.remedy
    if isinstance(error, ConfigurationInvalid):
        return Text(error.what, error.what), Text(error.remedy, error.remedy)
    if isinstance(error, OSError):
        what = f"{error.filename or ''}: {error.strerror or type(error).__name__}".removeprefix(": ")
        return Text(what, what), _FILE
    reason = getattr(error, "reason", None) or Text(str(error), str(error))
    for kind, remedy in _REMEDIES:
        if isinstance(error, kind):
            return reason, remedy
    return reason, problem_of(error).remedy
