"""The steps of an examination, with their numbers and names; a number is never used for another check."""

from enum import IntEnum

from certs.examination.steps import Step, Verdict
from gateway.core.text import Text


class Check(IntEnum):
    """A step by its number; ``Check.DIGESTS.valid(text)`` is the step with its verdict."""

    STRUCTURE = 1
    DIGESTS = 2
    COVERAGE = 3
    SEAL = 4
    SIGNER = 5
    SIGNATURE = 6
    CERTIFICATES = 7
    REVOCATION = 8
    TIMES = 9
    TIMESTAMP = 10
    CHANGES = 11
    ADDITION = 12

    @property
    def word(self) -> str:
        """Its name in programs."""
        return self.name.lower()

    @property
    def title(self) -> Text:
        """Its name for readers."""
        return _TITLES[self]

    def valid(self, message: Text) -> Step:
        """It holds."""
        return Step(self.value, self.word, Verdict.VALID, message)

    def undecided(self, message: Text) -> Step:
        """What is there holds, and what decides is missing."""
        return Step(self.value, self.word, Verdict.UNDECIDED, message)

    def unsupported(self, message: Text) -> Step:
        """It is made in a way that is not known here."""
        return Step(self.value, self.word, Verdict.UNSUPPORTED, message)

    def invalid(self, message: Text) -> Step:
        """It is proven not to hold."""
        return Step(self.value, self.word, Verdict.INVALID, message)


_TITLES = {
    Check.STRUCTURE: Text("文件结构", "structure of the file"),
    Check.DIGESTS: Text("内容摘要", "digests of the content"),
    Check.COVERAGE: Text("保护范围", "what the signature covers"),
    Check.SEAL: Text("印章及制章者签名", "the seal and its maker's signature"),
    Check.SIGNER: Text("签章人与印章的签章人列表", "the signer and the seal's list of signers"),
    Check.SIGNATURE: Text("文件签名值", "the signature over the document"),
    Check.CERTIFICATES: Text("证书链", "certificates up to a trusted root"),
    Check.REVOCATION: Text("证书吊销状态", "revocation of certificates"),
    Check.TIMES: Text("时间与有效期", "times and periods of validity"),
    Check.TIMESTAMP: Text("时间戳", "timestamp"),
    Check.CHANGES: Text("签章后的改动", "changes after sealing"),
    Check.ADDITION: Text("除印章外无任何增改", "nothing but the seal was added"),
}
