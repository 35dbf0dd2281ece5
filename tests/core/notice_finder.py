"""Finds the notices that code writes, by reading the code: each as a sentence with VALUE in the place of its values.

What it follows: f-strings, alternatives, joins, local names, module constants, attributes that a class sets, tuples
that are taken apart, parameters back to every call, and functions that return text.
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path

VALUE = "Q7"
"""Stands for what is known only at run time."""

_MOST = 40
"""Sentences of one expression, beyond which something is followed wrongly."""

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_BILINGUAL = {"render", "in_language"}
"""Calls that give text in the reader's language already."""

_TRIPLE = 3
"""An ending: outcome, fault and notice."""


class NoticeFinder:
    """Reads the modules below some folders.

    Attributes:
        found: the notices, by sentence; where each is written.
        pieces: sentences that are members of lists inside notices.
        unclear: where a notice is made of which nothing can be told.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self.found: dict[str, str] = {}
        self.pieces: set[str] = set()
        self.unclear: list[str] = []
        self._trees: dict[Path, ast.Module] = {}
        self._parents: dict[ast.AST, ast.AST] = {}
        for path in sorted(path for folder in folders for path in folder.rglob("*.py")):
            tree = self._trees[path] = ast.parse(path.read_text("utf-8"))
            for node in ast.walk(tree):
                self._parents.update(dict.fromkeys(ast.iter_child_nodes(node), node))
        self._nodes = [node for tree in self._trees.values() for node in ast.walk(tree)]
        self._calls: dict[str, list[ast.Call]] = {}
        self._defined: dict[str, list[_Function | ast.ClassDef]] = {}
        for node in self._nodes:
            if isinstance(node, ast.Call):
                self._calls.setdefault(_name(node.func), []).append(node)
            elif isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
                self._defined.setdefault(node.name, []).append(node)
        self._places = self._positions()
        for path, tree in self._trees.items():
            for root in self._roots(path, tree):
                self._note(path, root)

    # ---- where notices are made

    def _roots(self, path: Path, tree: ast.Module) -> Iterator[ast.expr]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield from self._arguments(node)
            elif isinstance(node, ast.Tuple) and _is_ending(node) and not self._is_taken_apart(node, tree):
                yield node.elts[2]
        for suffix, roots in _ELSEWHERE.items():
            if path.as_posix().endswith(suffix):
                yield from roots(tree)

    def _arguments(self, call: ast.Call) -> Iterator[ast.expr]:
        yield from (keyword.value for keyword in call.keywords if keyword.arg == "notice")
        place = self._places.get(_name(call.func))
        if place is not None and place < len(call.args):
            yield call.args[place]

    def _positions(self) -> dict[str, int]:
        """At which place classes take a notice without its name."""
        places = {"SystemFailure": _TRIPLE - 1}
        for node in self._nodes:
            if isinstance(node, ast.ClassDef) and not any(word.arg == "kw_only" for word in node.keywords):
                fields = [line.target.id for line in node.body if _is_field(line)]  # type: ignore[attr-defined] # a field
                if "notice" in fields:
                    places[node.name] = fields.index("notice")
        return places

    def _is_taken_apart(self, ending: ast.Tuple, tree: ast.Module) -> bool:
        """Whether it is taken from a constant by key, or unpacked right away: what it says is followed from there."""
        statement: ast.AST = ending
        while not isinstance(statement, ast.stmt):
            statement = self._parents[statement]
        names = {node.id for target in _targets(statement) for node in ast.walk(target) if isinstance(node, ast.Name)}
        by_key = {_name(node.value) for node in ast.walk(tree) if isinstance(node, ast.Subscript)}
        return bool(names & by_key) or "notice" in names

    def _note(self, path: Path, root: ast.expr) -> None:
        where = f"{path}:{root.lineno}"
        for sentence in self._texts(root, frozenset()):
            if sentence == VALUE:
                self.unclear.append(where)
            else:
                self.found.setdefault(sentence, where)

    # ---- what they say

    def _texts(self, node: ast.expr, seen: frozenset[object]) -> list[str]:
        """Every text that an expression may be; none if it is no text or a notice that is made elsewhere."""
        texts = list(dict.fromkeys(self._alternatives(node, seen)))
        assert len(texts) <= _MOST, f"line {node.lineno}: {texts[:3]}"
        return texts

    def _alternatives(self, node: ast.expr, seen: frozenset[object]) -> Iterable[str]:  # noqa: PLR0911 - one per kind
        match node:
            case ast.Constant(value=None):
                return []
            case ast.Constant(value=value):
                return [str(value)]
            case ast.JoinedStr(values=values):
                return map("".join, product(*(self._part(value, seen) for value in values)))
            case ast.IfExp(body=body, orelse=orelse):
                return self._texts(body, seen) + self._texts(orelse, seen)
            case ast.BoolOp(values=values):
                return [text for value in values for text in self._texts(value, seen)]
            case ast.Name():
                return self._of_name(node, seen)
            case ast.Attribute(value=ast.Name(id="self"), attr=attribute):
                return self._of_attribute(node, attribute, seen)
            case ast.Attribute(attr="notice"):
                return []
            case ast.Call():
                return self._of_call(node, seen)
        return [VALUE]

    def _part(self, value: ast.expr, seen: frozenset[object]) -> list[str]:
        if not isinstance(value, ast.FormattedValue):
            return self._texts(value, seen)
        if value.format_spec is not None or value.conversion != -1:
            return [VALUE]
        return self._texts(value.value, seen) or [VALUE]

    def _of_call(self, call: ast.Call, seen: frozenset[object]) -> Iterable[str]:
        name = _name(call.func)
        if name in _BILINGUAL:
            return []
        if name == "join" and isinstance(call.func, ast.Attribute):
            written = self._members(call.args[0])
            members = [text for one in written for text in self._texts(one, seen)] if written else [VALUE]
            self.pieces.update(members)
            by = call.func.value
            # what stands between notices depends on the language; each of them is one
            is_list = isinstance(by, ast.Constant) and by.value != "; "
            return [*members, str(by.value).join(members)] if is_list else members  # type: ignore[attr-defined] # a constant
        returned = [
            node.value
            for function in self._functions(name, call)
            for node in ast.walk(function)
            if isinstance(node, ast.Return) and node.value is not None
        ]
        if not returned or call in seen:
            return [VALUE]
        return [text for value in returned for text in self._texts(value, seen | {call})]

    def _members(self, node: ast.expr) -> list[ast.expr]:
        """The expressions that a list is made of, as far as they can be told."""
        match node:
            case ast.List(elts=members) | ast.Tuple(elts=members):
                return members
            case ast.ListComp(elt=member):
                return [member]
            case ast.IfExp(body=body, orelse=orelse):
                return self._members(body) + self._members(orelse)
            case ast.Call(func=ast.Name(id="filter"), args=[_, members]):
                return self._members(members)
            case ast.Name(id=name):
                function = next(self._around(node, _FUNCTIONS), None)
                added = [
                    call.args[0]
                    for call in ast.walk(function or node)
                    if isinstance(call, ast.Call)
                    and isinstance(call.func, ast.Attribute)
                    and call.func.attr == "append"
                    and _name(call.func.value) == name
                ]
                assigned = self._assigned(name, function) if function else []
                return [member for value in assigned for member in self._members(value)] + added
        return []

    def _of_name(self, node: ast.Name, seen: frozenset[object]) -> Iterable[str]:
        for around in self._around(node, (*_FUNCTIONS, ast.Lambda)):
            if node.id in {argument.arg for argument in _parameters(around.args)}:  # type: ignore[attr-defined] # has them
                return [VALUE] if isinstance(around, ast.Lambda) else self._of_parameter(around, node.id, seen)
            assigned = [] if isinstance(around, ast.Lambda) else self._assigned(node.id, around)
            if assigned and (node.id, around) not in seen:
                return [text for one in assigned for text in self._texts(one, seen | {(node.id, around)})]
        constants = [value for tree in self._trees.values() for value in _values(tree.body, node.id)]
        return [text for value in constants for text in self._texts(value, seen)] or [VALUE]

    def _of_attribute(self, node: ast.expr, attribute: str, seen: frozenset[object]) -> Iterable[str]:
        of_class = next(self._around(node, (ast.ClassDef,)))
        values = [
            line.value
            for line in ast.walk(of_class)
            if isinstance(line, ast.Assign) and any(_is_own(target, attribute) for target in line.targets)
        ]
        return [text for value in values for text in self._texts(value, seen)] or [VALUE]

    def _of_parameter(self, function: ast.AST, name: str, seen: frozenset[object]) -> Iterable[str]:
        assert isinstance(function, _FUNCTIONS)
        if (function, name) in seen:
            return [VALUE]
        seen |= {(function, name)}
        given = self._given(function, name)
        return [text for value in given for text in self._texts(value, seen)] if given else [VALUE]

    def _given(self, function: _Function, name: str) -> list[ast.expr]:
        """What every call gives for a parameter, and its default."""
        of_class = self._parents[function] if isinstance(self._parents[function], ast.ClassDef) else None
        called = of_class.name if isinstance(of_class, ast.ClassDef) and function.name == "__init__" else function.name
        positional = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
        place = positional.index(name) - (of_class is not None) if name in positional else None
        given: list[ast.expr] = []
        for call in self._calls.get(called, []):
            if function not in self._functions(called, call):
                continue
            named = [keyword.value for keyword in call.keywords if keyword.arg == name]
            given += named or ([call.args[place]] if place is not None and place < len(call.args) else [])
        return given + _default(function.args, name)

    def _functions(self, name: str, call: ast.Call) -> list[_Function]:
        """The functions that a call may mean: private ones of its own module only, methods only of ``self``."""
        is_method = isinstance(call.func, ast.Attribute)
        if is_method and _name(call.func.value) != "self":  # type: ignore[attr-defined] # an attribute has a value
            return []
        is_own = name.startswith("_") or is_method
        found: list[_Function] = []
        for node in self._defined.get(name, []):
            if is_own and self._tree(node) is not self._tree(call):
                continue
            if isinstance(node, ast.ClassDef):
                found += [line for line in node.body if isinstance(line, _FUNCTIONS) and line.name == "__init__"]
            elif isinstance(self._parents[node], ast.ClassDef) is is_method:
                found.append(node)
        return found

    def _assigned(self, name: str, function: ast.AST) -> list[ast.expr]:
        return [
            value
            for statement in ast.walk(function)
            if isinstance(statement, ast.Assign | ast.AnnAssign)
            for value in self._unpacked(statement, name)
        ]

    def _unpacked(self, statement: ast.Assign | ast.AnnAssign, name: str) -> Iterator[ast.expr]:
        for target in _targets(statement):
            if _name(target) == name and statement.value is not None:
                yield statement.value
            if not isinstance(target, ast.Tuple):
                continue
            for place in (place for place, part in enumerate(target.elts) if _name(part) == name):
                value = statement.value
                sources: Sequence[ast.AST] = [value] if isinstance(value, ast.Tuple) else []
                if isinstance(value, ast.Subscript):
                    sources = [
                        part
                        for constant in _values(self._tree(value).body, _name(value.value))
                        for part in ast.walk(constant)
                        if isinstance(part, ast.Tuple) and len(part.elts) == len(target.elts)
                    ]
                yield from (source.elts[place] for source in sources if isinstance(source, ast.Tuple))

    def _around(self, node: ast.AST, kinds: tuple[type[ast.AST], ...]) -> Iterator[ast.AST]:
        while node in self._parents:
            node = self._parents[node]
            if isinstance(node, kinds):
                yield node

    def _tree(self, node: ast.AST) -> ast.Module:
        tree = next(self._around(node, (ast.Module,)))
        assert isinstance(tree, ast.Module)
        return tree


def _is_ending(node: ast.Tuple) -> bool:
    first = node.elts[0] if len(node.elts) == _TRIPLE else None
    return isinstance(first, ast.Attribute) and _name(first.value) == "Outcome" and isinstance(node.ctx, ast.Load)


def _is_field(line: ast.stmt) -> bool:
    return isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)


def _is_own(target: ast.expr, attribute: str) -> bool:
    return isinstance(target, ast.Attribute) and target.attr == attribute and _name(target.value) == "self"


def _name(node: ast.AST) -> str:
    """The last name of a name or an attribute."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _targets(statement: ast.AST) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    return [statement.target] if isinstance(statement, ast.AnnAssign) else []


def _values(body: list[ast.stmt], name: str) -> list[ast.expr]:
    return [
        line.value
        for line in body
        if isinstance(line, ast.Assign | ast.AnnAssign) and line.value is not None
        if any(_name(target) == name for target in _targets(line))
    ]


def _parameters(arguments: ast.arguments) -> list[ast.arg]:
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def _default(arguments: ast.arguments, name: str) -> list[ast.expr]:
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [*zip(reversed(positional), reversed(arguments.defaults), strict=False)]
    keywords = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return [value for argument, value in [*pairs, *keywords] if argument.arg == name and value is not None]


def _unopened(tree: ast.Module) -> Iterator[ast.expr]:
    """What is said of a system that could not be opened: the texts of exceptions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "ConfigurationInvalid":
            what, remedy = node.args
            both = ast.JoinedStr([ast.FormattedValue(what, -1), ast.Constant("; "), ast.FormattedValue(remedy, -1)])
            yield ast.copy_location(both, node)
        elif isinstance(node, ast.Call) and _name(node.func) == "__init__":
            yield from node.args


def _hosts(tree: ast.Module) -> Iterator[ast.expr]:
    """Why an entry of the list of hosts is none."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "ValueError":
            yield from node.args


def _health(tree: ast.Module) -> Iterator[ast.expr]:
    """What is said after an outcome without a notice."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.BoolOp) and _name(node.values[0]) == "notice")


_ELSEWHERE: dict[str, Callable[[ast.Module], Iterator[ast.expr]]] = {
    "kit/opening.py": _unopened,
    "kit/http/hosts.py": _hosts,
    "kit/health.py": _health,
}
"""Modules that say something a reader gets as a notice, and not by SystemFailure or ``notice=``."""
