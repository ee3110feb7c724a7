"""Tokens to a sympy expression, by a grammar of our own: no name of Python or sympy can be reached from a text."""
from __future__ import annotations

import re
from typing import Any

import sympy as sp  # type: ignore[import-untyped]

from playground.checking.inside.tokens import NotUnderstood, Token, plain, tokens

Expr = Any                        # sympy publishes no types

# Two letters in a row are a product (ac), but not these.
_WORDS = {"is", "or", "of", "if", "so", "to", "at", "in", "no", "we", "be", "by", "on", "an", "as", "it", "do", "di",
          "ke", "ya", "me", "my", "he", "up", "and", "the", "for", "dan", "per", "has", "are", "yes", "not", "all"}
_INVERSE = {"sin": sp.asin, "cos": sp.acos, "tan": sp.atan}
_FUNCTIONS = {
    "sin": sp.sin, "cos": sp.cos, "tan": sp.tan, "sec": sp.sec, "csc": sp.csc, "cot": sp.cot, "arcsin": sp.asin,
    "arccos": sp.acos, "arctan": sp.atan, "sinh": sp.sinh, "cosh": sp.cosh, "tanh": sp.tanh, "ln": sp.log,
    "exp": sp.exp, "sqrt": sp.sqrt, "abs": sp.Abs,
    "log": sp.Function("log_of_unsaid_base"),      # ten in one book, e in another
}
_CLOSE = {"(": ")", "[": "]", "{": "}"}
_CONSTANTS = {"e": sp.E, "i": sp.I, "pi": sp.pi, "oo": sp.oo}


def formula(text: str) -> Expr:
    """The expression that a text says. Raises NotUnderstood."""
    return expression(tokens(plain(text)))


def expression(found: list[Token]) -> Expr:
    """The expression that the tokens say, all of them. Raises NotUnderstood."""
    parser = _Parser(found)
    result = parser.sum()
    if parser.at < len(found):
        raise NotUnderstood(found[parser.at].text)
    return result


class _Parser:
    """Recursive descent. Powers bind first, then signs, products (also unwritten ones), sums."""

    def __init__(self, found: list[Token]) -> None:
        self.found, self.at = found, 0

    def look(self, ahead: int = 0) -> Token:
        place = self.at + ahead
        return self.found[place] if place < len(self.found) else Token("op", "")

    def take(self, text: str = "") -> Token:
        token = self.look()
        if not token.text or (text and token.text != text):
            raise NotUnderstood(token.text or "end")
        self.at += 1
        return token

    def sign(self) -> int:
        return 1 if self.take().text == "+" else -1

    def sum(self) -> Expr:
        terms = [self.product()]
        while self.look().text in ("+", "-"):
            terms.append(self.sign() * self.product())
        return sp.Add(*terms)

    def product(self) -> Expr:
        if self.look().text in ("+", "-"):
            return self.sign() * self.product()
        result = self.power()
        while True:
            if self.look().text in ("*", "/"):
                divide = self.take().text == "/"
                factor = self.signed_power()
                result = result / factor if divide else result * factor
            elif self._starts_factor(self.look()):
                result = result * self.power()
            else:
                return result

    def signed_power(self) -> Expr:
        if self.look().text in ("+", "-"):
            return self.sign() * self.signed_power()
        return self.power()

    def _starts_factor(self, token: Token) -> bool:
        return token.kind in ("letters", "function") or token.text in ("(", "[", "{", "√")

    def power(self) -> Expr:
        base = self.mixed() if self.look().kind == "number" else self.primary()
        while self.look().text in ("!", "%"):
            base = sp.factorial(base) if self.take().text == "!" else base / 100
        if self.look().text == "^":
            self.take()
            return base ** self.signed_power()
        return base

    def mixed(self) -> Expr:
        """A number, or a whole number followed by a proper fraction: 2 1/2."""
        whole = sp.Rational(self.take().text)
        after = [self.look(ahead) for ahead in range(7)]
        if [token.text for token in after[:1]] == ["frac"]:
            digits = "".join(token.text for token in after[1:])
            found = re.match(r"\{(\d+)\}\{(\d+)\}", digits)
            used = 7
        else:
            found = re.match(r"(\d+)/(\d+)", "".join(token.text for token in after[:3])) if after[0].spaced else None
            used = 3
        if found and int(found[1]) < int(found[2]) and whole.is_Integer:
            self.at += used
            return whole + sp.Rational(int(found[1]), int(found[2]))
        if after[0].kind == "number":
            raise NotUnderstood(after[0].text)
        return whole

    def primary(self) -> Expr:
        token = self.take()
        if token.kind == "number":
            return sp.Rational(token.text)
        if token.kind == "function":
            return self.function(token.text)
        if token.kind == "letters":
            return self.names(token.text)
        if token.text in _CLOSE:
            inner = self.sum()
            self.take(_CLOSE[token.text])
            return inner
        if token.text == "|":
            inner = self.sum()
            self.take("|")
            return sp.Abs(inner)
        if token.text == "√":
            return sp.sqrt(self.primary())
        raise NotUnderstood(token.text)

    def names(self, text: str) -> Expr:
        """A symbol, a constant, or a product of one-letter symbols."""
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        behind_number = self.at > 1 and self.found[self.at - 2].kind == "number"
        if "_" in text or len(text) == 1 or text in ("alpha", "beta", "gamma", "delta", "theta", "lambda", "mu", "phi",
                                                     "omega", "sigma", "rho", "epsilon"):
            return sp.Symbol(text)
        if text.lower() in _WORDS or len(text) > (3 if behind_number else 2) or not text.isascii():
            raise NotUnderstood(text)
        return sp.Mul(*(_CONSTANTS.get(letter, sp.Symbol(letter)) for letter in text))

    def function(self, name: str) -> Expr:
        if name == "frac":
            return self.argument() / self.argument()
        if name == "sqrt" and self.look().text == "[":
            degree = self.primary()
            return sp.root(self.primary(), degree)
        base = name.partition("_")[2]
        power: Expr = 1
        if self.look().text == "^":
            self.take()
            power = self.signed_power() if self.look().text in ("+", "-") else self.primary()
        if base:
            if not base.isdigit():
                raise NotUnderstood(name)
            return sp.log(self.applied(), int(base)) ** power
        if power == -1:
            if name not in _INVERSE:
                raise NotUnderstood(name)
            return _INVERSE[name](self.applied())
        return _FUNCTIONS[name](self.applied()) ** power

    def argument(self) -> Expr:
        r"""What \frac takes: a group or one digit."""
        token = self.look()
        if token.kind == "number" and "." not in token.text and len(token.text) > 1:     # \frac12
            self.found[self.at] = Token("number", token.text[1:])
            return sp.Integer(token.text[0])
        return self.primary()

    def applied(self) -> Expr:
        """What a function is applied to: a group, or the factors up to the next sign or function."""
        if self.look().text in _CLOSE or self.look().text == "|":
            return self.primary()
        result = self.power()
        while self.look().kind == "letters" or self.look().text == "√":
            result = result * self.power()
        return result
