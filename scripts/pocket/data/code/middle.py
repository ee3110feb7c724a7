"""Fill in the middle: a function with a hole, in the format of Qwen2.5-Coder."""

from __future__ import annotations

import ast
import random
import re
from functools import lru_cache

from scripts.pocket.data.code.asking import new_params, summary
from scripts.pocket.data.code.family import draw_family
from scripts.pocket.data.code.program import Program
from scripts.pocket.data.code.tasks import EXPLAINED, any_program, split_tests
from scripts.pocket.data.sample import Sample, Split, hash_percent

FIM_PREFIX, FIM_SUFFIX, FIM_MIDDLE = "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"
CUTS_HELD_OUT_PERCENT = 15
TOKEN = re.compile(r'"[^"]*"|\w+|[^\w\s]+|\s+')
EXPRESSIONS = (ast.Compare, ast.BoolOp, ast.BinOp, ast.Call, ast.Attribute, ast.Subscript, ast.GeneratorExp,
               ast.ListComp, ast.DictComp, ast.Constant, ast.Name, ast.UnaryOp, ast.Tuple, ast.List,
               ast.keyword)  # fmt: skip


def fim(rng: random.Random, split: Split) -> Sample:
    """Return a function with a hole; the whole text with the answer in the hole is executed.

    The function keeps its name, which says what belongs in the hole; an edge case is said in a comment.
    """
    while True:
        # In training more compositions, and below more expressions than whole lines: these are harder to learn.
        harder = split == "train" and rng.random() < 0.5
        program, problem = draw_family(rng, split) if harder else any_program(rng, split)
        if not program.is_class and rng.random() < 0.2:
            program = program.renamed(program.name, new_params(rng, program, program.name))
        start, end = cut(rng, program.code, harder)
        if not program.code[start:end].strip():
            continue
        held = hash_percent(f"{program.key}-{start}-{end}") < CUTS_HELD_OUT_PERCENT
        if "|" in program.key or held == (split == "test"):
            break
    before, answer, after = described(rng, program, start), program.code[start:end], program.code[end:]
    prompt = f"{FIM_PREFIX}{before}{FIM_SUFFIX}{after}\n{FIM_MIDDLE}"
    return Sample("fim", "", "", answer, "en", problem=problem, tests=split_tests(program, split), prompt=prompt)


def described(rng: random.Random, program: Program, start: int) -> str:
    """Return the text before the hole, often with a comment or a docstring that says what the code does."""
    code, style, edge = program.code[:start], rng.random(), EXPLAINED.get(program.clause[0], "")
    if style < 0.35 and not edge:
        return code
    phrase = summary(program, "en", "do")
    text = f"{phrase[0].upper()}{phrase[1:]}." + (f" {edge.replace('It returns', 'Return')}" if edge else "")
    if style < 0.7 or program.is_class:
        return f"# {text}\n{code}"
    head, _, body = code.partition("\n")
    return f'{head}\n    """{text}"""\n{body}'


def cut(rng: random.Random, code: str, harder: bool = False) -> tuple[int, int]:
    """Return where a hole in the code starts and ends: lines, an expression, the tail of a line, or a few tokens."""
    style = rng.random()
    if style < (0.1 if harder else 0.4):
        return _lines(rng, code)
    spans = expressions(code)
    if style < 0.8 and spans:
        start, end = rng.choice(spans)
    else:
        start, end = _tokens(rng, code, to_the_end=style < 0.94)
    if (
        rng.random() < (0.4 if harder else 0.2)
        and code[start - 1] == " "
        and code[: start - 1].rstrip(" ")[-1:] not in ("\n", "")
    ):
        start -= 1  # the cursor stands right after a word, so the answer starts with the space
    return start, end


def _lines(rng: random.Random, code: str) -> tuple[int, int]:
    """Return a hole of whole lines, from the indentation of the first to the end of the last."""
    lines = code.split("\n")
    first, style = rng.randrange(1, len(lines)), rng.random()
    last = first if style < 0.5 else rng.randrange(first, len(lines)) if style < 0.75 else len(lines) - 1
    start = sum(len(line) + 1 for line in lines[:first])
    indent = len(lines[first]) - len(lines[first].lstrip())
    return start + indent, start + len("\n".join(lines[first : last + 1]))


def _tokens(rng: random.Random, code: str, to_the_end: bool) -> tuple[int, int]:
    """Return a hole from some token of a line to its end, or to one of the next tokens."""
    lines = code.split("\n")
    line = rng.randrange(1, len(lines))
    start = sum(len(text) + 1 for text in lines[:line])
    tokens = [m.span() for m in TOKEN.finditer(lines[line]) if m.start() > 0 and not m.group().isspace()]
    if not tokens:
        return start, start
    a = rng.randrange(len(tokens))
    b = len(tokens) - 1 if to_the_end else min(len(tokens) - 1, a + rng.randrange(4))
    return start + tokens[a][0], start + tokens[b][1]


@lru_cache(maxsize=20_000)
def expressions(code: str) -> tuple[tuple[int, int], ...]:
    """Return the places of conditions, arguments, operands and other expressions below the first line."""
    starts = [0]
    for line in code.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, EXPRESSIONS) and node.lineno > 1 and node.lineno == node.end_lineno:
            row = starts[node.lineno - 1]
            found.add((row + node.col_offset, row + (node.end_col_offset or 0)))
    return tuple(sorted(found))


def pair_of(prompt: str) -> tuple[str, str]:
    """Return (text before, text after) the hole of a fill-in-the-middle prompt."""
    before, after = prompt.removeprefix(FIM_PREFIX).removesuffix(FIM_MIDDLE).split(FIM_SUFFIX)
    return before, after
