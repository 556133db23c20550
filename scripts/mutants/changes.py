"""The mutants: every small change that can be made to a function, and a choice of them by seed."""

from __future__ import annotations

import ast
import difflib
import random
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any

from .places import ROOT

COMPARISONS: dict[type[ast.cmpop], list[type[ast.cmpop]]] = {
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
}
SWAPPED = {"min": "max", "max": "min", "any": "all", "all": "any"}
CONSTANTS = {(int, 0): 1, (int, 1): 0, (bool, True): False, (bool, False): True, (type(None), None): 0}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Mutant:
    """One break, as a change of text."""

    path: str
    function: str
    lines: tuple[int, int]
    """First and last line of what is replaced."""
    statement: int
    """First line of the statement that it is in."""
    source: str = field(repr=False)

    def change(self) -> tuple[list[str], list[str]]:
        """The lines that go and those that come, stripped."""
        old, new = (ROOT / self.path).read_text().splitlines(), self.source.splitlines()
        diff = list(difflib.unified_diff(old, new, lineterm="", n=0))[2:]
        return tuple([line[1:].strip() for line in diff if line[0] == sign] for sign in "-+")  # type: ignore[return-value]

    def __str__(self) -> str:
        gone, come = self.change()
        changes = [f"- {line}" for line in gone] + [f"+ {line}" for line in come]
        return "\n".join([f"{self.path}:{self.lines[0]} {self.function}", *changes])


def mutants_of(path: Path) -> list[Mutant]:
    """All mutants of a file."""
    source, found = path.read_text(), []
    name = path.relative_to(ROOT).as_posix()
    for qualname, function in functions(ast.parse(source), ""):
        for statement, node, text in _changes(function):
            lines = (node.lineno, node.end_lineno)
            mutated = _replaced(source, node, text)
            found.append(Mutant(name, qualname, lines, statement.lineno, mutated))
    return found


def functions(tree: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
    """Functions of the module and methods; those inside them are part of them."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, Function) and not _is_abstract(node):
            yield f"{prefix}{node.name}", node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            yield from functions(node, prefix)


def _is_abstract(function: Function) -> bool:
    last = function.body[-1]
    return isinstance(last, ast.Raise) and "NotImplementedError" in ast.unparse(last)


def _changes(function: Function) -> Iterator[tuple[ast.stmt, Any, str]]:
    """Each: the statement, the node that is replaced in it, and by what text."""
    for statement in function.body:
        yield from _in(statement, statement)


def _in(node: ast.AST, statement: ast.stmt) -> Iterator[tuple[ast.stmt, Any, str]]:
    if isinstance(node, ast.stmt):
        statement = node
    if _is_log(node) or isinstance(node, ast.JoinedStr):
        return
    for replaced, text in _variants(node):
        yield statement, replaced, text
    for child in _mutated_in(node):
        yield from _in(child, statement)


def _mutated_in(node: ast.AST) -> Iterator[ast.AST]:
    """The children of a node, without types, decorators and default values, and the None of `is None`."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "args") and not isinstance(node, ast.Call):
            continue
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Is | ast.IsNot) and name != "left":
            continue
        yield from (
            child for child in (value if isinstance(value, list) else [value]) if isinstance(child, ast.AST)
        )


def _is_log(node: ast.AST) -> bool:
    called = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func)
    return isinstance(called, str) and called.startswith(("logger.", "logging."))


def _variants(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:  # noqa: C901  # a table of operators
    match node:
        case ast.Compare(left, ops, comparators):
            for at, op in enumerate(ops):
                for other in COMPARISONS[type(op)]:
                    yield node, _text(ast.Compare(left, [*ops[:at], other(), *ops[at + 1 :]], comparators))
        case ast.BoolOp(op, values):
            yield node, _text(ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values))
            for at in range(len(values)):
                rest = values[:at] + values[at + 1 :]
                yield node, _text(rest[0] if len(rest) == 1 else ast.BoolOp(op, rest))
        case ast.UnaryOp(ast.Not(), operand):
            yield node, _text(operand)
        case ast.BinOp(left, ast.Add() | ast.Sub() as op, right) if not _is_text(left) | _is_text(right):
            yield node, _text(ast.BinOp(left, ast.Sub() if isinstance(op, ast.Add) else ast.Add(), right))
        case ast.AugAssign(target, ast.Add() | ast.Sub() as op, value):
            yield (
                node,
                ast.unparse(
                    ast.AugAssign(target, ast.Sub() if isinstance(op, ast.Add) else ast.Add(), value)
                ),
            )
        case ast.Constant(value) if (type(value), value) in CONSTANTS:
            yield node, repr(CONSTANTS[type(value), value])
        case ast.Return(value) if value is not None and ast.unparse(value) != "None":
            yield node, "return None"
        case ast.Expr(ast.Call() | ast.Await()) | ast.Raise() | ast.Continue() | ast.Break():
            # never executed, but still there for the compiler: a generator stays one
            yield node, f"if False: {ast.unparse(node)}"
        case ast.If(test=test) | ast.IfExp(test=test) if not isinstance(
            test, ast.Compare | ast.BoolOp | ast.UnaryOp
        ):
            yield test, f"(not {_text(test)})"
        case ast.comprehension(ifs=ifs):
            for condition in ifs:
                yield condition, "True"
        case ast.Name(id) if id in SWAPPED:
            yield node, SWAPPED[id]
        case _:
            pass


def _is_text(node: ast.expr) -> bool:
    """Whether `-` would be a TypeError, which shows nothing."""
    return isinstance(node, ast.JoinedStr | ast.List | ast.Tuple | ast.Dict) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    )


def _text(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Constant) else f"({text})"


def _replaced(source: str, node: Any, text: str) -> str:
    lines = source.splitlines(keepends=True)

    def offset(line: int, column: int) -> int:
        before = sum(map(len, lines[: line - 1]))
        return before + len(lines[line - 1].encode()[:column].decode())

    start, end = offset(node.lineno, node.col_offset), offset(node.end_lineno, node.end_col_offset)
    return source[:start] + text + source[end:]


def _fits(mutant: Mutant) -> bool:
    """Whether live functions can be given this code: it must not lack a variable of an outer scope."""
    try:
        pairs = code_pairs(mutant)
    except SyntaxError:
        return False
    return bool(pairs) and all(old.co_freevars == new.co_freevars for old, new in pairs)


def code_pairs(mutant: Mutant) -> list[tuple[CodeType, CodeType]]:
    """The code of each function before and after, where it is another."""
    path = str(ROOT / mutant.path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SyntaxWarning
        old = compile((ROOT / mutant.path).read_text(), path, "exec", dont_inherit=True)
        return _pairs(old, compile(mutant.source, path, "exec", dont_inherit=True))


def _pairs(old: CodeType, new: CodeType) -> list[tuple[CodeType, CodeType]]:
    pairs, codes = (
        [],
        [[some for some in code.co_consts if isinstance(some, CodeType)] for code in (old, new)],
    )
    if [code.co_qualname for code in codes[0]] == [code.co_qualname for code in codes[1]]:
        for before, after in zip(*codes, strict=True):
            if before.co_code != after.co_code or before.co_consts != after.co_consts:
                pairs += [(before, after), *_pairs(before, after)]
            elif before != after and before.co_names != after.co_names:
                pairs.append((before, after))
    return pairs


def chosen(paths: Sequence[str], seed: int, count: int) -> list[Mutant]:
    """So many mutants by chance, from each package in turn: so a run that ends early is even, too."""
    by_path: dict[str, list[Mutant]] = {}
    for path in paths:
        files = sorted((ROOT / path).rglob("*.py")) if (ROOT / path).is_dir() else [ROOT / path]
        by_path[path] = [mutant for file in files for mutant in mutants_of(file)]
        random.Random(f"{seed} {path}").shuffle(by_path[path])  # noqa: S311  # not for secrets
    total = sum(map(len, by_path.values()))
    print(f"{total} mutants in {', '.join(f'{path} ({len(some)})' for path, some in by_path.items())}")
    picked: list[Mutant] = []
    while len(picked) < count and any(by_path.values()):
        picked += filter(_fits, [some.pop() for some in by_path.values() if some])
    return picked[:count]
