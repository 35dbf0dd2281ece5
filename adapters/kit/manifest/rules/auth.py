"""Rules on how calls and replies are proven: styles that exist, sessions that give, signatures that can be made."""

from collections.abc import Iterator
from typing import Final

from adapters.kit.manifest.findings import Remark, closest, listed, shown
from adapters.kit.manifest.nodes import Kind, Node
from adapters.kit.manifest.references import SESSION
from adapters.kit.manifest.rules.scene import Scene, remark, text_at
from adapters.kit.manifest.rules.values import Leaf, leaves, parts, reply_rules, signs_body

_SINGLE: Final = ("session", "basic", "wsse", "static")
_SIGN: Final = "sign."


def styles_exist(scene: Scene) -> Iterator[Remark]:
    """What an operation proves itself with is declared under auth, and has one signature at most."""
    declared = _declared(scene)
    for node in _lists(scene):
        signatures = 0
        for element in node.elements:
            if element.text is None:
                continue
            signatures += element.text.startswith(_SIGN)
            if element.text not in declared:
                what = ("auth 中没有这种认证方式", "auth declares nothing of this name")
                names = listed(declared) or "–"
                remedy = (f"已声明：{names}", f"declared are {names}")
                yield remark(element.at, what, remedy, closest(element.text, declared))
            elif signatures > 1 and element.text.startswith(_SIGN):
                what = ("一次调用只有一个签名", "a call has one signature")
                yield remark(element.at, what, ("只留一个签名", "keep one signature"))


def login_says_its_proof(scene: Scene) -> Iterator[Remark]:
    """A login is not proven by its own session, and says by what where there is a choice."""
    login = text_at(scene.root, "auth", "session", "login")
    operation = scene.operations.get(login) if login is not None else None
    if operation is None or login is None:
        return
    auth = operation.find("auth")
    others = [name for name in _declared(scene) if name != "session"]
    if auth is None and others:
        what = (f"登录操作 {shown(login)} 没有写明 auth", f"nothing says how {shown(login)}, the login, is proven")
        remedy = (f"写 auth，如 [{others[0]}]，或 []", f"write auth, such as [{others[0]}], or [] for nothing")
        yield remark(operation.place, what, remedy)
    for element in auth.elements if auth is not None else ():
        if element.text == "session":
            what = ("登录不能使用它自己取得的会话", "a login cannot use the session that it is to give")
            yield remark(element.at, what, ("删去 session", "take session away"))


def one_signature_is_usual(scene: Scene) -> Iterator[Remark]:
    """With several signatures it is said which one operations use."""
    signatures = list(scene.root.below("auth", "sign").values())
    if len(signatures) > 1 and "default" not in scene.root.below("auth"):
        what = ("有多个签名，没有写明默认使用哪一个", "there are several signatures, and nothing says which is usual")
        remedy = ("在 auth.default 中列出", "list what operations use in auth.default")
        yield remark(signatures[1].place, what, remedy)


def sessions_give_something(scene: Scene) -> Iterator[Remark]:
    """A login gives a token or secrets, and it is said how its end shows."""
    session = scene.root.find("auth", "session")
    if session is None or session.kind is not Kind.MAPPING:
        return
    fields = session.fields
    if "token" not in fields and not session.below("secrets"):
        what = ("登录没有给出任何值", "the login gives nothing")
        yield remark(session.place, what, ("写 token 或 secrets", "write token or secrets"))
    if "into" in fields and "token" not in fields:
        what = ("into 放置 token，但没有 token", "into places a token, and there is none")
        yield remark(fields["into"].place, what, ("补上 token", "add token"))
    if "prefix" in fields and "into" not in fields:
        what = ("prefix 只与 into 同用", "prefix goes with into only")
        yield remark(fields["prefix"].place, what, ("补上 into", "add into"))
    named = session.find("secrets", "token")
    if named is not None:
        what = ("token 已另有含义", "token has a meaning of its own")
        yield remark(named.place, what, ("换一个名称，或写为 token", "use another name, or the key token"))
    expired = session.find("expired")
    if expired is not None and expired.kind is Kind.MAPPING:
        yield from _expired(expired)


def _expired(expired: Node) -> Iterator[Remark]:
    keys = expired.fields.keys()
    codes, status = (_listed(expired, key) for key in ("in", "status"))
    if ("at" in keys) != codes:
        what = ("at 与 in 须同时写", "at and in go together")
        yield remark(expired.place, what, ("补上缺少的一项", "add the one that is missing"))
    elif not codes and not status:
        what = ("没有写明会话如何过期", "nothing says how the end of a session shows")
        yield remark(expired.place, what, ("写 at 与 in，或 status", "write at and in, or status"))


def _listed(section: Node, key: str) -> bool:
    """Whether a list is there and not empty; what is no list is the schema's finding."""
    node = section.find(key)
    return node is not None and (node.kind is not Kind.SEQUENCE or bool(node.elements))


def proofs_have_their_session(scene: Scene) -> Iterator[Remark]:
    """What uses values of a login is used with the session."""
    needing = {name for name, values in _values_of_styles(scene).items() if any(map(_names_session, values))}
    for node in _lists(scene):
        styles = [element.text for element in node.elements]
        if "session" in styles:
            continue
        for element in node.elements:
            if element.text in needing:
                what = ("该方式用到登录给出的值，但没有 session", "this uses what a login gives, without the session")
                yield remark(element.at, what, ("把 session 写入同一列表", "write session into the same list"))


def places_fit(scene: Scene) -> Iterator[Remark]:
    """Each place is one that the protocol has, is written once, and can wait for what is signed."""
    taken: dict[str, str] = {}
    into = text_at(scene.root, "auth", "session", "into")
    if into is not None:
        taken[into.casefold()] = "session"
    sections = [("static", scene.root.find("auth", "static"))]
    sections += [(f"{_SIGN}{name}", node) for name, node in scene.root.below("auth", "sign").items()]
    static: dict[str, str] = dict(taken)
    for style, section in sections:
        late = section is not None and any(signs_body(value) for value in section.below("values").values())
        for place, value in section.below("into").items() if section is not None else ():
            kind = place.partition(".")[0]
            if kind == "soapHeader" and scene.speaks("rest"):
                what = ("soapHeader 只用于 soap 系统", "soapHeader is for soap systems only")
                yield remark(value.place, what, ("改用 header、query 或 body", "use header, query or body"))
            elif late and kind in {"body", "soapHeader"}:
                what = ("签名覆盖 body，不能再写入其中", "the body is signed and cannot hold the signature")
                yield remark(value.place, what, ("改用 header 或 query", "use header or query"))
            if place.casefold() in static:
                other = static[place.casefold()]
                what = (f"{other} 已写入此处", f"{other} writes here already")
                yield remark(value.place, what, ("换一个位置", "use another place"))
            elif style == "static":
                static[place.casefold()] = style


def replies_are_proven(scene: Scene) -> Iterator[Remark]:
    """A reply's signature is of one kind, with its key, and cannot be made by anybody."""
    for reply in reply_rules(scene):
        yield from _reply(reply)


def _reply(reply: Node) -> Iterator[Remark]:
    fields = reply.fields
    ways = [key for key in ("digest", "hmac", "sm2") if key in fields]
    if len(ways) != 1:
        what = ("应答签名须且只能有一种", "a reply is proven in exactly one way")
        yield remark(reply.place, what, ("写 digest、hmac 或 sm2 之一", "write one of digest, hmac and sm2"))
        return
    for key, owner in (("key", "hmac"), ("form", "sm2")):
        if key in fields and ways != [owner]:
            what = (f"{key} 只与 {owner} 同用", f"{key} goes with {owner} only")
            yield remark(fields[key].place, what, ("删去", "take it away"))
    if ways == ["hmac"] and "key" not in fields:
        what = ("hmac 没有密钥", "hmac has no key")
        yield remark(fields["hmac"].place, what, ("补上 key: {setting: …}", "add key: {setting: …}"))
    if ways == ["digest"] and not any(leaf.form == "<setting>" or _names_session(leaf) for leaf in parts(reply)):
        what = ("摘要中没有密钥，任何人都能生成", "anybody can make this digest: no secret is in it")
        yield remark(fields["digest"].place, what, ("在 of 中加入命名设置", "add a named setting to of"))


def _names_session(leaf: Leaf) -> bool:
    node = leaf.reference
    return node is not None and (node.text or "").startswith(f"{SESSION}.")


def _values_of_styles(scene: Scene) -> dict[str, list[Leaf]]:
    """Style → the values it is made of."""
    found = {"static": list(leaves(scene.root.find("auth", "static", "into")))}
    for name, signature in scene.root.below("auth", "sign").items():
        own = [leaf for value in signature.below("values").values() for leaf in (*parts(value), *leaves(value))]
        found[f"{_SIGN}{name}"] = [*own, *leaves(signature.find("into"))]
    return found


def _declared(scene: Scene) -> list[str]:
    auth = scene.root.below("auth")
    return [
        *(style for style in _SINGLE if style in auth),
        *(f"{_SIGN}{name}" for name in scene.root.below("auth", "sign")),
    ]


def _lists(scene: Scene) -> Iterator[Node]:
    """Every list of styles."""
    for holder in (scene.root.find("auth", "default"), *(each.find("auth") for each in scene.operations.values())):
        if holder is not None:
            yield holder
