"""Where a manifest writes request values, and what each of those places may refer to."""

from collections.abc import Iterator
from typing import Final

import msgspec

from adapters.kit.manifest.expressions import request_form
from adapters.kit.manifest.findings import closest
from adapters.kit.manifest.nodes import Kind, Node
from adapters.kit.manifest.references import NOW, PARAMETER, REFERENCES, ROW, SESSION
from adapters.kit.manifest.rules.scene import Scene, text_at

KNOWN: Final = frozenset({*(f"{root}.{name}" for root, names in REFERENCES.items() for name in names), NOW})
BODY: Final = "body"
PART: Final = "of"
"""What leads to a part of a signature, where constants are separators and not secrets by their name."""


class Leaf(msgspec.Struct, frozen=True):
    """A value of a request: its form as a tag, its node, and the field names that lead to it.

    ``<key>`` is a key that is written as a text; forms that hold other values come before those.
    """

    form: str
    node: Node
    keys: tuple[str, ...]

    @property
    def reference(self) -> Node | None:
        """The reference in it."""
        if self.form in {"<reference>", "<key>"}:
            return self.node
        key = {"<from>": "from", "<code>": "code", "<date>": "date", "<length>": "length", "<file>": "file"}.get(
            self.form
        )
        return self.node.find(key) if key is not None else None


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A place with values, and the references that it knows.

    Attributes:
        leaves: all values in it.
        general: it knows what the gateway knows of a call.
        names: further references that it knows.
        later: names that it will know only further on.
        row: what every detail that calls the operation gives; None where no row is known.
        opens: roots whose attributes are not checked.
    """

    leaves: tuple[Leaf, ...]
    general: bool = True
    names: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    row: frozenset[str] | None = None
    opens: frozenset[str] = frozenset()

    def knows(self, text: str) -> bool:
        """Whether a reference is one of its own."""
        if text in self.names or (self.general and text in KNOWN):
            return True
        root, _, attribute = text.partition(".")
        opens = self.opens | ({PARAMETER} if self.general else set())
        return bool(attribute) and (root in opens or (root == ROW and attribute in (self.row or ())))


def leaves(node: Node | None, keys: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """All values below a mapping of fields."""
    for key, child in node.fields.items() if node is not None else ():
        yield from leaves_in(child, (*keys, key))


def leaves_in(node: Node, keys: tuple[str, ...]) -> Iterator[Leaf]:
    """All values in one value."""
    form = request_form(node.data())
    if form == "<nested>":
        yield from leaves(node, keys)
        return
    if form == "<object>":
        yield from leaves(node.find("object"), keys)
        return
    yield Leaf(form, node, keys)
    if form == "<xml>":
        yield from leaves(node.find("xml", "fields"), keys)
    elif form == "<join>":
        yield from _joined(node, keys)
    elif form == "<list>":
        members = node.find("list")
        for member in members.elements if members is not None else ():
            yield from leaves_in(member, keys)
    elif form in {"<json>", "<base64>", "<encrypt>"}:
        inner = node.find(form.strip("<>"))
        yield from leaves_in(inner, keys) if inner is not None else ()
    if form == "<encrypt>":
        yield from _key(node.find("sm4"), keys)


def _joined(node: Node, keys: tuple[str, ...]) -> Iterator[Leaf]:
    join = node.find("join")
    elements = join.elements if join is not None else ()
    # beside other values a constant is a separator; alone it is what the field is called
    alone = all(request_form(element.data()) == "<value>" for element in elements)
    for element in elements:
        yield from leaves_in(element, keys if alone else (PART,))


def _key(node: Node | None, keys: tuple[str, ...]) -> Iterator[Leaf]:
    if node is not None and node.kind is not Kind.MAPPING:
        yield Leaf("<key>", node, (*keys, "key"))


def parts(value: Node) -> tuple[Leaf, ...]:
    """The values that a digest, code or signature is computed of, and its key; ``body`` stands for itself."""
    of = value.find("of")
    elements = of.elements if of is not None else ()
    found = [leaf for element in elements if element.text != BODY for leaf in leaves_in(element, (PART,))]
    return (*found, *_key(value.find("key"), ()))


def signs_body(value: Node) -> bool:
    """Whether the bytes of the message are among what is signed."""
    of = value.find("of")
    return any(element.text == BODY for element in (of.elements if of is not None else ()))


def meant_reference(text: str) -> str | None:
    """The reference that a text is, or is most likely a misspelling of."""
    if text.partition(".")[0] in {ROW, SESSION, PARAMETER}:
        return None
    return text if text in KNOWN else closest(text, KNOWN)


def session_names(scene: Scene) -> frozenset[str]:
    """The references that a login's reply gives."""
    session = scene.root.find("auth", "session")
    if session is None:
        return frozenset()
    names = {*session.below("secrets"), *({"token"} & session.fields.keys())}
    return frozenset(f"{SESSION}.{name}" for name in names)


def sections(scene: Scene) -> Iterator[Section]:
    """All places of a manifest that hold request values."""
    given = _given_to_details(scene)
    session = session_names(scene)
    for name, operation in scene.operations.items():
        yield Section(leaves=tuple(leaves(operation.find("request"))), names=session, row=given.get(name))
    auth = scene.root.find("auth")
    if auth is not None:
        yield Section(leaves=tuple(leaves(auth.find("static", "into"))), names=session)
        for signature in auth.below("sign").values():
            yield from _signature(signature, session)
        for reply in reply_rules(scene):
            yield Section(leaves=parts(reply), general=False, names=session, opens=frozenset({"header"}))


def reply_rules(scene: Scene) -> Iterator[Node]:
    """Every rule on the signature of replies."""
    auth = scene.root.find("auth")
    holders = (auth, *auth.below("sign").values()) if auth is not None else ()
    for holder in holders:
        reply = holder.find("reply") if holder is not None else None
        if reply is not None and reply.kind is Kind.MAPPING:
            yield reply


def _signature(signature: Node, session: frozenset[str]) -> Iterator[Section]:
    names = session
    later = frozenset(signature.below("values"))
    opens = frozenset({"request"})
    for name, value in signature.below("values").items():
        join = tuple(_joined(value, (PART,)))
        yield Section(leaves=(*join, *parts(value)), names=names, later=later - names, opens=opens)
        names |= {name}
    yield Section(leaves=tuple(leaves(signature.find("into"))), names=names, opens=opens)


def _given_to_details(scene: Scene) -> dict[str, frozenset[str]]:
    """Operation → the names that every detail calling it gives."""
    given: dict[str, frozenset[str]] = {}
    for operation in scene.operations.values():
        detail = operation.find("response", "detail")
        target = text_at(detail, "operation") if detail is not None else None
        if detail is not None and target is not None:
            names = frozenset(detail.below("with"))
            given[target] = given.get(target, names) & names
    return given
