"""The lines of a solution, one after the other: what can be shown to be right or wrong. All else stays unchecked."""
from __future__ import annotations

from typing import Any

import sympy as sp  # type: ignore[import-untyped]

from playground.checking.inside.arithmetic import arithmetic
from playground.checking.inside.compare import values_alike
from playground.checking.inside.finding import Finding, listed, shown
from playground.checking.inside.lines import Piece, Side, formulas, pieces
from playground.checking.inside.problem import Problem, solutions
from playground.checking.inside.reading import is_ambiguous
from playground.checking.inside.same import same
from playground.checking.inside.slopes import about_functions, restated
from playground.checking.inside.tokens import split
from playground.checking.inside.values import Value

_NOTHING = Finding("unchecked", "not_checked")


class Solution:
    """Remembers what the lines before said. `step` is called once for each line, in order."""

    def __init__(self, problem: Problem | None) -> None:
        self.problem, self.first = problem, True
        self.rewriting = False                 # the line before was an expression equal to the one to rewrite
        self.wider = list[Any]()               # solutions of a line that allows more, as squaring does
        known = problem is not None and problem.kind in ("equation", "critical")
        self.reference: Any = problem.solutions if known and problem else None
        self.symbol: Any = problem.symbol if known and problem else None
        self.fixed = known

    def step(self, line: str) -> Finding:
        """What can be said about the line."""
        first, self.first = self.first, False
        if line.lstrip().startswith(("- ", "* ", "+ ")):       # a bullet or a sign
            return self._forget()
        texts, alone = formulas(line)
        results = list[Finding]()
        for text in texts:
            about, rest = about_functions(text, self.problem) if alone else (None, text)
            found = pieces(rest)
            if about:
                results.append(about)
            results += self._numbers(found, rest)
            if alone and rest == text:
                results += self._symbols(found, first, line.rstrip().endswith(":"))
        for outcome in ("wrong", "verified"):
            if chosen := next((result for result in results if result.outcome == outcome), None):
                return chosen
        return results[0] if results else self._forget()

    def _forget(self) -> Finding:
        """Behind a line of prose another equation may begin."""
        if not self.fixed:
            self.reference = None
        self.rewriting = False
        return _NOTHING

    def _numbers(self, found: list[Piece], text: str) -> list[Finding]:
        results = list[Finding]()
        others = pieces(text, "id") if is_ambiguous(text) else []
        for at, piece in enumerate(found):
            other = others[at] if len(others) == len(found) else None
            right = arithmetic(piece, other, self.problem.whole if self.problem else None)
            if right is not None:
                results.append(Finding("verified", "arithmetic") if right else
                               Finding("wrong", "arithmetic", {"part": piece.text}))
        return results

    def _symbols(self, found: list[Piece], first: bool, is_label: bool) -> list[Finding]:
        problem = self.problem
        if not found or is_label:
            return []
        if problem and problem.kind == "derivative":
            about = restated(found[0], problem) if first and len(found) == 1 else None
            return [about] if about else []
        if problem and problem.kind == "rewrite":
            return self._rewritten(found)
        return self._equations(found)

    # ------------------------------------------------------------ expressions
    def _rewritten(self, found: list[Piece]) -> list[Finding]:
        """Equal signs must be true for every x; a line without one must equal the line before."""
        results, names = list[Finding](), {str(self.problem.symbol)} if self.problem else set[str]()
        for piece in found:
            for left, sign, right in piece.pairs:
                if sign == "=" and left.expression is not None and right.expression is not None and \
                        left.named | right.named == names and len(left.found) > 1:
                    equal = same(left.expression, right.expression)
                    if equal is not None:
                        results.append(Finding("verified", "identity") if equal else
                                       Finding("wrong", "not_equal", {"part": piece.text}, shown(left.expression)))
        if len(found) == 1 and len(found[0].sides) == 1 and found[0].sides[0].named == names:
            results += self._same_as_before(found[0])
        else:
            self.rewriting = False
        return results

    def _same_as_before(self, piece: Piece) -> list[Finding]:
        """A line with fewer terms than the result may be a part of the work, and so may the first one."""
        now, before = piece.sides[0].expression, self.problem.function if self.problem else None
        equal = None if now is None else same(now, before)
        if equal:
            self.rewriting = True
            return [Finding("verified", "identity")]
        follows, self.rewriting = self.rewriting, False
        terms = [term for term in split(list(piece.sides[0].found), {"+", "-"})[0] if term]
        if equal is False and follows and len(terms) >= max(2, len(sp.Add.make_args(sp.expand(before)))):
            return [Finding("wrong", "not_equal", {"part": piece.text}, shown(before))]
        return []

    # ------------------------------------------------------------ equations
    def _equations(self, found: list[Piece]) -> list[Finding]:
        named = [piece for piece in found if any(side.named for side in piece.sides)]
        names = set().union(*(side.named for piece in named for side in piece.sides))
        if not named or len(named) != len(found):
            return self._degenerate(found) if not named else []
        if len(names) != 1 or (self.symbol is not None and names != {str(self.symbol)}):
            return []
        if len(found) > 1 and not all(_assigns(piece) for piece in found):
            return []
        results = list[Finding]()
        for piece in found:
            for left, sign, right in piece.pairs[:1] if _assigns(piece) else piece.pairs:
                if sign in ("=", "~") and left.named | right.named == names:
                    results += self._one(piece, left, right, next(iter(names)))
        return results

    def _degenerate(self, found: list[Piece]) -> list[Finding]:
        """"0 = 5": no solution. It fits if the equation has none."""
        if len(found) != 1 or len(found[0].pairs) != 1 or self.reference is None:
            return []
        left, sign, right = found[0].pairs[0]
        if sign != "=" or not (left.literal and right.literal) or left.expression == right.expression:
            return []
        if self.reference == sp.S.EmptySet:
            return [Finding("verified", "same_solutions")]
        return [Finding("wrong", "other_solutions", {"part": found[0].text}, self._expected())]

    def _expected(self) -> str:
        known = self.reference
        return listed(str(self.symbol), sorted(known, key=sp.N)) if isinstance(known, sp.FiniteSet) else ""

    def _one(self, piece: Piece, left: Side, right: Side, name: str) -> list[Finding]:
        """One equation in one unknown against the solutions that are known."""
        symbol, assigned = sp.Symbol(name), _assigns(piece)
        a, b = left.expression, right.expression
        if a is None or b is None:
            return []
        if same(a, b) and (a.free_symbols or b.free_symbols):
            return [Finding("verified", "identity")]
        solved = solutions(a - b, symbol)
        if solved is None or not isinstance(solved[0], sp.FiniteSet | sp.sets.sets.EmptySet):
            return []
        now = [Value(root, "", decimals=right.decimals or None) for root in solved[0]]
        if self.reference is None:
            if not assigned and not self.fixed:
                self.reference, self.symbol = solved[0], symbol
                return [_NOTHING]
            return []
        if self.reference == sp.S.Reals or (self.symbol is not None and symbol != self.symbol):
            return []
        return self._against(piece, now, assigned)

    def _against(self, piece: Piece, now: list[Value], assigned: bool) -> list[Finding]:
        inside = [self._is_among(each, self.reference) for each in now]
        if None in inside:
            return []
        missing = len(self.reference) - sum(map(bool, inside))
        if all(inside) and (not missing or (assigned and now)):
            return [Finding("verified", "is_solution" if assigned else "same_solutions")]
        if not missing and now and len(self.reference):
            self.wider += [each.expression for each in now]
        if (all(inside) and now) or all(self._is_among(each, self.wider) for each in now if self.wider) and self.wider:
            return []                                    # one of several cases
        if self._is_about_another(now):
            return []
        complex_too = self.problem.complex_solutions if self.problem else None
        if now and complex_too is not None and all(self._is_among(each, complex_too) for each in now):
            return []
        return [Finding("wrong", "other_solutions", {"part": piece.text}, self._expected())]

    def _is_about_another(self, now: list[Value]) -> bool:
        """In a search for critical points also the zeros of the function and of its second derivative are asked for."""
        problem = self.problem
        if not problem or problem.kind != "critical" or not now:
            return False
        functions = problem.function, sp.diff(problem.function, problem.symbol, 2)
        others = (solutions(each, problem.symbol) for each in functions)
        return any(other is not None and isinstance(other[0], sp.FiniteSet) and all(
            self._is_among(each, other[0]) for each in now) for other in others)

    @staticmethod
    def _is_among(value: Value, known: Any) -> bool | None:
        fits = [values_alike(value, Value(root, ""), False).outcome for root in known]
        return True if "verified" in fits else None if "unchecked" in fits else False


def _assigns(piece: Piece) -> bool:
    """x = 3, or x = 6/2 = 3."""
    return len(piece.sides) > 1 and len(piece.sides[0].found) == 1 and piece.sides[0].found[0].kind == "letters" and \
        not any(side.named for side in piece.sides[1:])
