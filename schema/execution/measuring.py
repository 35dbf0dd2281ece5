"""How big a document is, before anything is validated: every measure costs time linear in the document's text.

Fragments are measured once and added wherever they are spread, so a document that spreads itself to millions of
fields is refused as fast as a small one is let through.
"""

from collections.abc import Iterator

import msgspec
from graphql import (
    ConstDirectiveNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
)

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.text import Text
from schema.execution.inputs import LONGEST_TEXT, MOST_INPUT_DEPTH, MOST_VARIABLES

MOST_CHARACTERS = 50_000
MOST_TOKENS = 2_000
MOST_DEPTH = 16
MOST_ROOT_FIELDS = 32
MOST_FIELDS = 1_000
LONGEST_LITERAL = 1_000
"""Items of a list that is written into a document; variables may have more."""
MOST_REPEATS = 30
MOST_DEFINITIONS = 40
MOST_SPREADS = 80
MOST_DIRECTIVES = 100
MOST_DIRECTIVES_AT_ONCE = 4

TOO_MANY_TOKENS = Text("超过 {limit} 个词元", "more than {limit} tokens").format(limit=MOST_TOKENS)
_TOO_LONG = Text("超过 {limit} 个字符", "more than {limit} characters").format(limit=MOST_CHARACTERS)
_TOO_DEEP = Text("嵌套超过 {limit} 层", "nested deeper than {limit} levels").format(limit=MOST_DEPTH)
_TOO_WIDE = Text("根字段超过 {limit} 个", "more than {limit} root fields").format(limit=MOST_ROOT_FIELDS)
_TOO_MANY_FIELDS = Text("展开后字段超过 {limit} 个", "more than {limit} fields when fragments are spread").format(
    limit=MOST_FIELDS
)
_TOO_OFTEN = Text("同一字段重复选取超过 {limit} 次", "fields are asked for again more than {limit} times").format(
    limit=MOST_REPEATS
)
_TOO_MANY_DEFINITIONS = Text("操作与片段超过 {limit} 个", "more than {limit} operations and fragments").format(
    limit=MOST_DEFINITIONS
)
_TOO_MANY_SPREADS = Text("片段引用超过 {limit} 处", "more than {limit} fragment spreads").format(limit=MOST_SPREADS)
_TOO_MANY_DIRECTIVES = Text(
    "指令超过 {limit} 个，或同处超过 {together} 个", "more than {limit} directives, or {together} in one place"
).format(limit=MOST_DIRECTIVES, together=MOST_DIRECTIVES_AT_ONCE)
_TOO_MANY_VARIABLES = Text("变量超过 {limit} 个", "more than {limit} variables").format(limit=MOST_VARIABLES)
_ARGUMENT_TOO_LARGE = Text(
    "参数过长或嵌套过深：列表至多 {items} 项，文本至多 {characters} 个字符，{depth} 层",
    "an argument is too long or deep: lists of {items}, texts of {characters} characters, {depth} levels at most",
).format(items=LONGEST_LITERAL, characters=LONGEST_TEXT, depth=MOST_INPUT_DEPTH)


class Size(msgspec.Struct, frozen=True):
    """Of a selection set with its fragments spread.

    Attributes:
        depth: levels of fields.
        fields: fields on all levels.
        own: fields on its own level; ``names`` are those that differ.
        repeats: fields below its own level that stand beside another of the same name.
    """

    depth: int = 0
    fields: int = 0
    own: int = 0
    names: frozenset[str] = frozenset()
    repeats: int = 0

    @property
    def all_repeats(self) -> int:
        """The same with its own level."""
        return self.repeats + self.own - len(self.names)


def measure_text(text: str) -> None:
    """Return if a document's text is short enough to be read at all; else raise Refusal LIMIT."""
    if len(text) > MOST_CHARACTERS:
        raise _refused(_TOO_LONG)


def measure(document: DocumentNode) -> None:
    """Return if the document is within every limit; it may be invalid otherwise, and its fragments go in circles.

    Raises:
        Refusal: LIMIT, naming the measure.
    """
    if len(document.definitions) > MOST_DEFINITIONS:
        raise _refused(_TOO_MANY_DEFINITIONS)
    measuring = _Measuring(document)
    for definition in document.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            measuring.check(measuring.fragment(definition.name.value, 0))
        elif isinstance(definition, OperationDefinitionNode):
            measuring.check_operation(definition)


class _Measuring:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._measured: dict[str, Size] = {}
        self._spreads = 0
        self._directives = 0

    def check_operation(self, operation: OperationDefinitionNode) -> None:
        variables = operation.variable_definitions or ()
        if len(variables) > MOST_VARIABLES:
            raise _refused(_TOO_MANY_VARIABLES)
        self._note(operation.directives)
        for variable in variables:
            self._note(variable.directives)
            if variable.default_value is not None:
                _check_value(variable.default_value)
        size = self._size(operation.selection_set, 0)
        self.check(size)
        if size.own > MOST_ROOT_FIELDS:
            raise _refused(_TOO_WIDE)

    def check(self, size: Size) -> None:
        """Refuse what is too big when spread."""
        if size.depth > MOST_DEPTH:
            raise _refused(_TOO_DEEP)
        if size.fields > MOST_FIELDS:
            raise _refused(_TOO_MANY_FIELDS)
        if size.all_repeats > MOST_REPEATS:
            raise _refused(_TOO_OFTEN)

    def fragment(self, name: str, level: int) -> Size:
        """The size of what a fragment spreads to; a circle ends where it closes, validation reports it."""
        if name not in self._measured:
            definition = self._fragments.get(name)
            self._measured[name] = Size()
            if definition is not None:
                self._note(definition.directives)
                self._measured[name] = self._size(definition.selection_set, level)
        return self._measured[name]

    def _size(self, selections: SelectionSetNode, level: int) -> Size:
        if level > MOST_DEPTH:
            raise _refused(_TOO_DEEP)
        depth = fields = own = repeats = 0
        names: set[str] = set()
        for size in self._parts(selections.selections, level):
            depth, fields, own = max(depth, size.depth), fields + size.fields, own + size.own
            repeats += size.repeats
            names |= size.names
            if fields > MOST_FIELDS:
                raise _refused(_TOO_MANY_FIELDS)
        return Size(depth, fields, own, frozenset(names), repeats)

    def _parts(self, selections: tuple[SelectionNode, ...], level: int) -> Iterator[Size]:
        for selection in selections:
            self._note(selection.directives)
            if isinstance(selection, FieldNode):
                for argument in selection.arguments or ():
                    _check_value(argument.value)
                below = self._size(selection.selection_set, level + 1) if selection.selection_set else Size()
                names = frozenset({selection.name.value})
                yield Size(1 + below.depth, 1 + below.fields, 1, names, below.all_repeats)
            elif isinstance(selection, FragmentSpreadNode):
                self._spreads += 1
                if self._spreads > MOST_SPREADS:
                    raise _refused(_TOO_MANY_SPREADS)
                yield self.fragment(selection.name.value, level)
            else:
                assert isinstance(selection, InlineFragmentNode), "the third and last kind of selection"
                yield self._size(selection.selection_set, level)

    def _note(self, directives: tuple[DirectiveNode, ...] | tuple[ConstDirectiveNode, ...] | None) -> None:
        if not directives:
            return
        self._directives += len(directives)
        if len(directives) > MOST_DIRECTIVES_AT_ONCE or self._directives > MOST_DIRECTIVES:
            raise _refused(_TOO_MANY_DIRECTIVES)
        for directive in directives:
            for argument in directive.arguments or ():
                _check_value(argument.value)


def _check_value(value: ValueNode, level: int = 0) -> None:
    within = level <= MOST_INPUT_DEPTH
    if isinstance(value, StringValueNode):
        within = len(value.value) <= LONGEST_TEXT
        if "\0" in value.value:
            raise Refusal(problems.CHARACTER_INVALID)
    elif within and isinstance(value, ListValueNode):
        within = len(value.values) <= LONGEST_LITERAL
        for item in value.values:
            _check_value(item, level + 1)
    elif within and isinstance(value, ObjectValueNode):
        for field in value.fields:
            _check_value(field.value, level + 1)
    if not within:
        raise _refused(_ARGUMENT_TOO_LARGE)


def _refused(reason: Text) -> Refusal:
    return Refusal(problems.DOCUMENT_TOO_LARGE, reason=reason)
