"""Hidden tests as a call and the value it must give, so that the two can be kept apart. For the project's own tests.

Only for text that ships with the playground: Python's parser is not safe for the text of strangers.
"""
from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """`call` is an expression, evaluated in the sandbox; `expected` never goes there.

    With a tolerance both must be numbers that differ by less than it; without, they must be equal.
    """

    call: str
    expected: object
    tolerance: float = 0.0


def cases(text: str) -> tuple[Case, ...]:
    """The cases of assert lines. Raises ValueError naming the line that has another form than these three:

    `assert call == literal`, `assert call is None` (or True, False), `assert abs(call - literal) < literal`.
    """
    found = []
    for node in ast.parse(text).body:
        try:
            found.append(_case(node))
        except ValueError:
            raise ValueError(f"line {node.lineno}: {ast.unparse(node)!r} is no assert with a literal") from None
    return tuple(found)


def _case(node: ast.stmt) -> Case:
    match node:
        case ast.Assert(test=ast.Compare(left=call, ops=[ast.Eq() | ast.Is()], comparators=[value])):
            return Case(ast.unparse(call), ast.literal_eval(value))
        case ast.Assert(test=ast.Compare(
                left=ast.Call(func=ast.Name(id="abs"), args=[ast.BinOp(call, ast.Sub(), value)]),
                ops=[ast.Lt()], comparators=[most])):
            return Case(ast.unparse(call), ast.literal_eval(value), float(ast.literal_eval(most)))
    raise ValueError
