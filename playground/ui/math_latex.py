r"""Lines of a solution as LaTeX: to be drawn, and to be copied into a document. Pure.

Small models write `3x^4 - 5x^2` as plain text. A line that is nothing but such mathematics is a formula here; where
that is not certain it stays text.
"""
from __future__ import annotations

import re

from playground.solving.programs import parts

_WORD = re.compile(r"[^\W\d_]{2,}")
_FUNCTIONS = re.compile(r"(?<![\\A-Za-z])(sin|cos|tan|ln|log|exp)(?![A-Za-z])")
_MATHS = re.compile(r"[\w\s+*/^=().,:;'<>|·×−\-\[\]{}²³√±≤≥≠≈%$]+")
_SIGN = re.compile(r"[=+*/^<>]|\d")
_COMMAND = re.compile(r"\\(?!boxed\b)[A-Za-z]+")
_MARKED = re.compile(r"\$|\\[(\[]")
_FORMULA = re.compile(r"(\$\$[\s\S]+?\$\$|\\\[[\s\S]+?\\\]|\\\([\s\S]+?\\\)|\\begin\{(\w+\*?)\}[\s\S]+?\\end\{\2\})")
_SPECIAL = {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}", **{each: "\\" + each for each in "#$%&_{}"}}
_SYMBOLS = {"*": r" \cdot ", "·": r" \cdot ", "×": r" \times ", "−": "-", "²": "^2", "³": "^3", "±": r"\pm ",
            "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "≈": r"\approx ", "%": r"\%", "$": r"\$"}
_BOX_LINE = re.compile(r"^(.*?)(\\boxed\{.*\})(.*)$")


def formula(line: str) -> str | None:
    """The LaTeX of a line that is a formula as a whole, None for any other line."""
    line = line.strip()
    if not line or _MARKED.search(line) or r"\boxed" in line:
        return None
    if _COMMAND.search(line):             # from between the marks of a displayed formula
        bare = re.sub(r"\\(?:text|mathrm|operatorname|begin|end)\{[^}]*\}|\\[A-Za-z]+", " ", line)
        return None if _WORD.search(bare) else line.replace("&", "").removesuffix(r"\\").strip()
    if _WORD.search(_FUNCTIONS.sub(" ", line)) or not _MATHS.fullmatch(line) or not _SIGN.search(line):
        return None
    line = re.sub(r"\^(?:\(([^()]*)\)|(-?\d{2,}|-\w))", lambda power: f"^{{{power[1] or power[2]}}}",
                  _FUNCTIONS.sub(r"\\\1", line))
    line = re.sub(r"√\(([^()]*)\)|√(\w+)", lambda root: rf"\sqrt{{{root[1] or root[2]}}}", line)
    line = "".join(_SYMBOLS.get(letter, letter) for letter in line)
    return re.sub(r";\s*", r";\\quad ", re.sub(r" {2,}", " ", line))


def drawable(line: str) -> str:
    """The line for a text whose formulas are marked."""
    found = formula(line)
    return rf"\({found}\)" if found is not None else line


def document(text: str) -> str:
    """A whole answer to be pasted into a LaTeX document: formulas as they are, the rest as text."""
    out = []
    for kind, part in parts(text):
        if kind == "program":
            out.append(f"\\begin{{verbatim}}\n{part}\n\\end{{verbatim}}")
            continue
        pieces = _FORMULA.split(part.strip("\n"))
        out.append("".join(piece if n % 3 == 1 else _lines(piece) for n, piece in enumerate(pieces) if n % 3 != 2))
    return "\n".join(out).strip()


def _lines(text: str) -> str:
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    if (found := formula(line)) is not None:
        return rf"\[ {found} \]"
    if box := _BOX_LINE.match(line):
        return f"{_escaped(box[1])}\\({_boxed(box[2])}\\){_escaped(box[3])}"
    return _escaped(line)


def _boxed(box: str) -> str:
    return re.sub(r"(?<!\\)([%#$&])", r"\\\1", box)


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(letter, letter) for letter in text.replace("**", ""))
