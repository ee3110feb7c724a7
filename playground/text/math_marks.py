r"""Marks formulas for the page, so that only they are drawn as mathematics, and keeps HTML and images plain text.

Gradio looks for formulas by pattern before it knows what is code: `$HOME > $FILE` becomes a formula and
`re.compile(r"\(x\)")` too, and a `<` inside a formula is read as HTML. So the page registers two pairs of private
marks as its only delimiters, and this module puts them around real formulas, outside code.

Gradio removes a tag that somebody typed, or makes an element of it, and loads every image that a text names. A word
joiner, which nobody sees, after `<` and after the `!` of an image leaves them text. The same before the tabs that
begin a line of code keeps them tabs; Gradio would make spaces of them, which breaks a copied Makefile.

Markdown reads `4*1*6` as a 1 in italics. A times sign between two operands is escaped, with a word joiner before it so
that what a reader copies can be told from a backslash that somebody typed.

A result in a `\boxed{...}` that stands in no formula becomes one as soon as its braces are closed. What LaTeX would
swallow in it, the spaces between words and a percent sign, is kept with the help of `{}`, which nobody sees.
"""
from __future__ import annotations

import re

INLINE = ("\ue010", "\ue011")
DISPLAY = ("\ue012", "\ue013")
PLAIN = "\u2060"
DELIMITERS = [
    {"left": DISPLAY[0], "right": DISPLAY[1], "display": True},
    {"left": INLINE[0], "right": INLINE[1], "display": False},
]

# A fence runs to its closing fence or, while it still streams, to the end of the text.
_FENCE = r"^[ \t]*(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^[ \t]*\2[`~]*[ \t]*$|\Z)"
_INLINE_CODE = r"(?<!`)(`+)(?!`)[\s\S]+?(?<!`)\3(?!`)"
_CODE = re.compile(f"({_FENCE}|{_INLINE_CODE})", re.M)
_TABS = re.compile(r"^(?= *\t)", re.M)
_MARKUP = re.compile(r"<(?=[A-Za-z/!?])|!(?=\[)")
_TIMES = re.compile(r"(?<=[\w)\]])\*(?=[\w(\[√+-])")
_BOX = re.compile(r"\\boxed(?=\{)")
_BRACE = re.compile(r"\\.|[{}]", re.S)
_BOX_PART = re.compile(
    r"(?P<command>\\(?:(?:text|mathrm|mbox|textbf|operatorname|begin|end)\{[^{}]*\}|[A-Za-z]+|.))"
    r"|(?P<sign>[%#$&])|(?P<words>(?: *(?:[^\W\d_]{3,}|\b(?:or|no|is|at|to|di|km|cm|mm|kg|Rp)\b)[.;]?)+ *)")
_MATH = re.compile(
    r"\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\]|\\\(([\s\S]+?)\\\)"
    r"|\\begin\{(align|equation|gather)(\*?)\}([\s\S]+?)\\end\{\4\5\}")


def mark_math(text: str) -> str:
    r"""`text` with `$$…$$`, `\[…\]`, `\(…\)` and display environments marked; code and single dollars untouched."""
    parts, at = [], 0
    for code in _CODE.finditer(text):
        parts += [_mark(text[at:code.start()]), _TABS.sub(PLAIN, code.group())]
        at = code.end()
    return "".join([*parts, _mark(text[at:])])


def mark_plain(text: str) -> str:
    """`text` kept plain as `mark_math` keeps it, without formulas: for talk about code, where dollars are names."""
    parts, at = [], 0
    for code in _CODE.finditer(text):
        parts += [_text(text[at:code.start()]), _TABS.sub(PLAIN, code.group())]
        at = code.end()
    return "".join([*parts, _text(text[at:])])


def unmark_math(text: str) -> str:
    r"""`text` with ordinary LaTeX in the place of the marks: what a reader edits or copies."""
    text = re.sub(f"{PLAIN}{INLINE[0]}(.*?){INLINE[1]}{PLAIN}", _unboxed, text, flags=re.S)
    for mark, plain in {INLINE[0]: r"\(", INLINE[1]: r"\)", DISPLAY[0]: "$$", DISPLAY[1]: "$$"}.items():
        text = text.replace(mark, plain)
    return text.replace(r"\lt ", "<").replace(r"\gt ", ">").replace(PLAIN + r"\*", "*").replace(PLAIN, "")


def _mark(prose: str) -> str:
    parts, at = [], 0
    for formula in _MATH.finditer(prose):
        parts += [_plain(prose[at:formula.start()]), _formula(formula)]
        at = formula.end()
    return "".join([*parts, _plain(prose[at:])])


def _plain(prose: str) -> str:
    parts, at = [], 0
    for box in _BOX.finditer(prose):
        end = _closing(prose, box.end()) if box.start() >= at else None
        if end is not None:
            parts += [_text(prose[at:box.start()]), _boxed(prose[box.end() + 1:end])]
            at = end + 1
    return "".join([*parts, _text(prose[at:])])


def _closing(text: str, opening: int) -> int | None:
    r"""Where the brace at `opening` is closed, None while it is open; `\{` and `\}` are no braces."""
    depth = 0
    for brace in _BRACE.finditer(text, opening):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0:
            return brace.start()
    return None


def _boxed(inner: str) -> str:
    """The word joiners outside tell it from a box that somebody typed as a formula."""
    return f"{PLAIN}{INLINE[0]}\\boxed{{{_safe(_BOX_PART.sub(_kept, inner))}}}{INLINE[1]}{PLAIN}"


def _kept(part: re.Match[str]) -> str:
    if part["command"]:
        return part[0]
    return rf"{{}}\{part[0]}" if part["sign"] else rf"\text{{{{}}{part[0]}}}"


def _unboxed(box: re.Match[str]) -> str:
    return re.sub(r"\{\}\\([%#$&])", r"\1", re.sub(r"\\text\{\{\}([^{}]*)\}", r"\1", box[1]))


def _text(prose: str) -> str:
    return _TIMES.sub(rf"{PLAIN}\\*", _MARKUP.sub(rf"\g<0>{PLAIN}", prose))


def _formula(found: re.Match[str]) -> str:
    dollars, bracket, paren, name, star, body = found.groups()
    if paren is not None:
        return INLINE[0] + _safe(paren.strip()) + INLINE[1]
    if name is not None:
        inner = {"align": "aligned", "gather": "gathered"}.get(name)
        formula = f"\\begin{{{inner}}}{body}\\end{{{inner}}}" if inner else body
    else:
        formula = dollars if dollars is not None else bracket
    return DISPLAY[0] + _safe(formula.strip()) + DISPLAY[1]


def _safe(formula: str) -> str:
    r"""`<` and `>` as LaTeX commands: the page would read them as HTML."""
    return formula.replace("<", r"\lt ").replace(">", r"\gt ")
