"""A foreign SOAP service: spyne's, with spyne's own WSDL, served by wsgiref. Run as a program; prints its port."""

# ruff: noqa: N802, N805 - spyne names elements by its methods, and hands them its context where others have self

import base64
import datetime as dt
import hashlib
import hmac
import sys
from typing import Any, Never
from wsgiref.simple_server import WSGIRequestHandler, make_server

from spyne import (
    Application,
    Array,
    Boolean,
    ComplexModel,
    Date,
    DateTime,
    Decimal,
    Fault,
    Integer,
    ServiceBase,
    Unicode,
    XmlAttribute,
    XmlData,
    rpc,
)
from spyne.protocol.soap import Soap11, Soap12
from spyne.server.wsgi import WsgiApplication
from spyne.util.wsgi_wrapper import WsgiMounter

OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE = f"{OASIS}-wssecurity-secext-1.0.xsd"
WSU = f"{OASIS}-wssecurity-utility-1.0.xsd"
TYPES = "urn:foreign:deeds:types"
SERVICE = "urn:foreign:deeds:service"
USERNAME, PASSWORD = "gateway", "foreign <&> 密码"


class Password(ComplexModel):
    __namespace__ = WSSE
    Value = XmlData(Unicode)
    Type = XmlAttribute(Unicode)


class UsernameToken(ComplexModel):
    __namespace__ = WSSE
    Username = Unicode
    Password = Password
    Nonce = Unicode
    Created = Unicode(sub_ns=WSU)


class Security(ComplexModel):
    __namespace__ = WSSE
    UsernameToken = UsernameToken


class Party(ComplexModel):
    __namespace__ = TYPES
    Kind = XmlAttribute(Unicode)
    Number = Unicode(min_occurs=1, nillable=False)
    Name = Unicode(min_occurs=0, nillable=True)


class Purpose(ComplexModel):
    __namespace__ = TYPES
    Item = Unicode(min_occurs=1, nillable=False)
    Case = Unicode(min_occurs=1, nillable=True)
    Note = Unicode(min_occurs=0)


class Deed(ComplexModel):
    __namespace__ = TYPES
    Version = XmlAttribute(Integer)
    Number = Unicode(min_occurs=1)
    Title = Unicode(min_occurs=0)
    Issued = Date(min_occurs=0)
    Until = Date(min_occurs=1, nillable=True)
    Updated = DateTime(min_occurs=0)
    Area = Decimal(min_occurs=0)
    Active = Boolean(min_occurs=0)
    Parties = Array(Party, min_occurs=0)
    Remark = Unicode(min_occurs=0, max_occurs="unbounded")


class DeedReply(ComplexModel):
    __namespace__ = TYPES
    Code = Unicode(min_occurs=1)
    Text = Unicode(min_occurs=0)
    Total = Integer(min_occurs=0)
    Items = Array(Deed, min_occurs=0)


def deed(number: Any, holder: Any, **more: Any) -> Deed:
    return Deed(
        Version=3,
        Number=number,
        Title="不动产权证书 <示例> & 附记",
        Issued=dt.date(2021, 3, 4),
        Updated=dt.datetime(2024, 5, 6, 7, 8, 9),  # noqa: DTZ001 - local time, as such systems have it
        Active=True,
        Parties=[Party(Kind=holder.Kind, Number=holder.Number, Name=holder.Name), Party(Kind="001", Number="X-1")],
        **more,
    )


def verify(security: Any) -> None:
    token = security and security.UsernameToken
    if token is None:
        raise Fault("Client.InvalidSecurity", "no security header")
    nonce = base64.b64decode(token.Nonce)
    digest = base64.b64encode(hashlib.sha1(nonce + token.Created.encode() + PASSWORD.encode()).digest()).decode()
    if token.Username != USERNAME or not hmac.compare_digest(token.Password.Value, digest):
        raise Fault("Client.FailedAuthentication", "the token proves nothing")


class Deeds(ServiceBase):
    __in_header__ = Security

    @rpc(
        Party.customize(min_occurs=1, nillable=False),
        Purpose.customize(min_occurs=1, nillable=False),
        Array(Unicode, min_occurs=0),
        Date(min_occurs=0),
        Boolean(min_occurs=0),
        _returns=DeedReply,
    )
    def findDeeds(ctx: Any, holder: Any, purpose: Any, kinds: Any, since: Any, active: Any) -> DeedReply:
        verify(ctx.in_header)
        if holder.Number == "NOBODY":
            return DeedReply(Code="10", Text="none found", Total=0, Items=[])
        echo = [f"{purpose.Item}|{purpose.Case}|{purpose.Note}", f"{kinds}|{since}|{active}"]
        one = deed("D-1", holder, Until=None, Area="12.50", Remark=echo)
        two = deed("D-2", holder, Until=dt.date(2031, 1, 2))
        items = [one] if holder.Number == "SINGLE" else [one, two]
        return DeedReply(Code="0", Text="完成", Total=len(items), Items=items)

    @rpc(Unicode(min_occurs=1, nillable=False), _returns=DeedReply)
    def getDeed(ctx: Any, number: Any) -> Never:
        verify(ctx.in_header)
        raise Fault("Server.Archive", f"the archive is closed for {len(number)} characters")


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


def mounted(protocol: Any) -> WsgiApplication:
    application = Application([Deeds], SERVICE, name="Deeds", in_protocol=protocol(), out_protocol=protocol())
    return WsgiApplication(application)


if __name__ == "__main__":
    server = make_server(
        "127.0.0.1", 0, WsgiMounter({"soap11": mounted(Soap11), "soap12": mounted(Soap12)}), handler_class=Quiet
    )
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
