"""Mathematical text as tokens: LaTeX, Unicode and what people type, in one small alphabet. Nothing is executed."""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "letters", "function", "op"]
Style = Literal["en", "id", "list"]       # 1,234.5; 1.234,5; every comma separates

FUNCTIONS = {"sin", "cos", "tan", "sec", "csc", "cot", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "ln",
             "log", "exp", "sqrt", "frac", "abs"}
_GREEK = ("alpha", "beta", "gamma", "delta", "theta", "lambda", "mu", "phi", "omega", "sigma", "rho", "epsilon")
_COMMANDS = {
    **{name: f" {name} " for name in FUNCTIONS}, **{name: f" {name} " for name in _GREEK},
    "dfrac": " frac ", "tfrac": " frac ", "cfrac": " frac ", "cdot": "*", "times": "*", "div": "/", "pm": "±",
    "pi": " pi ", "infty": " oo ", "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=",
    "lt": "<", "gt": ">", "ne": "!=", "neq": "!=", "approx": "~", "cup": "∪", "in": "∈", "mid": "|", "circ": "°",
    "lor": " or ", "vee": " or ", "land": " and ", "wedge": " and ", "emptyset": "∅", "varnothing": "∅", "ast": "*",
    "lbrace": "{", "rbrace": "}", "colon": ":", "dots": "...", "ldots": "...", "cdots": "...",
    **{name: " " for name in ("left", "right", "big", "Big", "bigg", "displaystyle", "quad", "qquad", "limits",
                              "implies", "Rightarrow", "therefore")},
}
_SIGNS = str.maketrans({"−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "∙": "*", "÷": "/", "≤": "<=", "≥": ">=",
                        "≠": "!=", "≈": "~", "π": " pi ", "∞": " oo ", "∨": " or ", "∧": " and ", "\u00a0": " ",
                        "\u2009": " ", "\u202f": " ", "½": "(1/2)", "¼": "(1/4)", "¾": "(3/4)", "\u2060": "",
                        "’": "'", "′": "'", "″": "''", "ℝ": " R ", "θ": " theta ", "α": " alpha ", "β": " beta "})
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"
_LOWERED = str.maketrans(_RAISED, "0123456789+-")
_NUMBERS: dict[Style, str] = {
    "en": r"\d{1,3}(?:,\d{3})+(?![\d])(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+",
    "id": r"\d{1,3}(?:\.\d{3})+(?![\d])(?:,\d+)?|\d+(?:,\d+)?",
    "list": r"\d+(?:\.\d+)?|\.\d+",
}
_OTHER = r"|(?P<letters>[A-Za-zÀ-ÿ]+)|(?P<op>\*\*|<=|>=|!=|\.\.\.|[-+*/^(){}\[\],;:=<>~|!%±∪∈∅°'√$€£_.])"


class NotUnderstood(Exception):
    """Raised for text that is no mathematics this program knows."""


@dataclass(frozen=True, slots=True)
class Token:
    """One number, name or sign. `spaced`: there was space before it. A number has its decimal point as a point."""

    kind: Kind
    text: str
    spaced: bool = False


def plain(text: str) -> str:
    """The text without LaTeX commands, and with one spelling for each sign."""
    text = re.sub(r"\\(?:text|mathrm|mathbf|textbf|mbox|operatorname|mathit|boldsymbol|mathbb|textit)\s*\{([^{}]*)\}",
                  r" \1 ", text)
    text = text.replace("\\$", "$").replace("\\%", "%").replace("\\{", "{").replace("\\}", "}").replace("\\&", "&")
    text = re.sub(r"(?<=\d)(?:\{,\}|\\,)(?=\d{3})", ",", text)
    text = re.sub(r"\\[,;:!> ]|~|\\\\|&", " ", text)
    text = re.sub(r"\\([A-Za-z]+)", lambda found: _COMMANDS.get(found[1], found[0]), text)
    text = re.sub(f"[{_RAISED}]+", lambda found: f"^({found[0].translate(_LOWERED)})", text.translate(_SIGNS))
    return re.sub(r"\^\s*(?:\{\s*°\s*\}|°)", "°", text).strip()


def tokens(text: str, style: Style = "en") -> list[Token]:
    """The tokens of text that `plain` has cleaned. Raises NotUnderstood for a sign that is in no formula."""
    pattern = re.compile(rf"(?P<number>{_NUMBERS[style]}){_OTHER}")
    found, at, spaced = list[Token](), 0, False
    while at < len(text):
        if text[at].isspace():
            at, spaced = at + 1, True
            continue
        match = pattern.match(text, at)
        if not match:
            raise NotUnderstood(text[at:at + 10])
        found.append(_token(str(match.lastgroup), match[0], spaced, style))
        at, spaced = match.end(), False
    return _with_subscripts(found)


def _token(kind: str, text: str, spaced: bool, style: Style) -> Token:
    if kind == "number":
        text = text.replace(".", "").replace(",", ".") if style == "id" else text.replace(",", "")
        return Token("number", "0" + text if text[0] == "." else text, spaced)
    if kind == "letters":
        return Token("function" if text in FUNCTIONS else "letters", text, spaced)
    return Token("op", {"**": "^"}.get(text, text), spaced)


def _with_subscripts(found: list[Token]) -> list[Token]:
    """`x_1` and `x_{1}` as one name, `log_2` as one function."""
    result, at = list[Token](), 0
    while at < len(found):
        token = found[at]
        if token.text == "_" and result and result[-1].kind in ("letters", "function"):
            width = 3 if found[at + 1:] and found[at + 1].text == "{" else 1
            inner = found[at + 1:at + 1 + width]
            if len(inner) < width or (width == 3 and inner[2].text != "}"):
                raise NotUnderstood("_")
            last = result.pop()
            result.append(Token(last.kind, f"{last.text}_{inner[width // 2].text}", last.spaced))
            at += width
        else:
            result.append(token)
        at += 1
    return result


def split(found: list[Token], marks: set[str]) -> tuple[list[list[Token]], list[str]]:
    """(the parts between the marks that stand outside of brackets, those marks)."""
    parts, between, depth = [list[Token]()], list[str](), 0
    for token in found:
        depth += (token.text in "([{") - (token.text in ")]}") if token.kind == "op" and len(token.text) == 1 else 0
        if depth == 0 and token.text.lower() in marks:
            parts.append([])
            between.append(token.text.lower())
        else:
            parts[-1].append(token)
    return parts, between


def written(found: list[Token]) -> str:
    """The tokens as text again."""
    return "".join((" " if token.spaced and at else "") + token.text for at, token in enumerate(found))
