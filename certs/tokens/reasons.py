"""Why evidence proves nothing, in the words that callers are told."""

from typing import Final

from gateway.core.errors import YiwangError
from gateway.core.text import Text

MALFORMED: Final = Text("格式错误", "it is malformed")
FOREIGN: Final = Text("签发方或受众不符", "it is of another issuer or for another audience")
UNSIGNED: Final = Text("签名无法核验", "its signature does not verify")
EXPIRED: Final = Text("已过期或尚未生效", "it has expired or is not valid yet")
NO_APPLICATION: Final = Text("未指明应用", "it names no application")
NO_PERSON: Final = Text("未指明人员", "it names no person")
NOT_FOR_APPLICATIONS: Final = Text("其签发方不能证明应用", "its issuer is not trusted to prove applications")
NOT_FOR_PERSONS: Final = Text("其签发方不能证明人员", "its issuer is not trusted to prove persons")
TWO_PERSONS: Final = Text("应用令牌已指明人员", "the application's token names a person already")
UNBOUND: Final = Text("不是发给本应用的", "it was not issued to this application")
TWO_APPLICATIONS: Final = Text("与令牌指明的应用不一致", "it is of another application than the token")
UNREADABLE: Final = Text("证书无法解析", "it cannot be read")
OUT_OF_FORCE: Final = Text("证书不在有效期内", "it has expired or is not in force yet")
UNREGISTERED: Final = Text("证书未登记", "it is not registered")


class Unproven(YiwangError):
    """Evidence that proves nothing; the verifier turns it into a refusal, so no request ever meets it.

    Args:
        reason: what the caller is told; nothing of what the evidence says.
    """

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason.en)


class KeysUnavailable(YiwangError):
    """The issuer's keys were never read, or too long ago; becomes a refusal as well."""
