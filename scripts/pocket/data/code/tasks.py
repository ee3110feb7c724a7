"""One sample of each task about programs: compose, classic, explain, fix, tests and fill in the middle."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from scripts.pocket.data.code.asking import Request, language_of, new_name, new_params, request, summary
from scripts.pocket.data.code.bugs import Bug, draw_bug, mutants
from scripts.pocket.data.code.classics import draw_classic
from scripts.pocket.data.code.family import draw_family
from scripts.pocket.data.code.program import ASKED, Program, cases, limited, load, rename, tests_of
from scripts.pocket.data.code.shapes import EXPLAIN, FIX, TESTS
from scripts.pocket.data.sample import Sample, Split, hash_percent, pick_wording

FIM_PREFIX, FIM_SUFFIX, FIM_MIDDLE = "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"
CUTS_HELD_OUT_PERCENT = 15
TOKEN = re.compile(r'"[^"]*"|\w+|[^\w\s]+|\s+')


def block(code: str) -> str:
    """Return the code as a Markdown block."""
    return f"```python\n{code}\n```"


def split_tests(program: Program, split: Split) -> str:
    """Return the assertions of a test sample; training needs none, and making them takes time."""
    return tests_of(program) if split == "test" else ""


def compose(rng: random.Random, split: Split) -> Sample:
    """Return a request for a function of the compositional family."""
    program, problem = draw_family(rng, split)
    return _written("compose", request(rng, program, split), split, problem)


def classic(rng: random.Random, split: Split) -> Sample:
    """Return a request for a classic function; its wording is held out, the function is not."""
    program = draw_classic(rng)
    return _written("classic", request(rng, program, split), split, program.key)


def _written(task: str, asked: Request, split: Split, problem: str) -> Sample:
    program = asked.program
    tested = program if asked.named else program.renamed(ASKED, {})
    return Sample(task, asked.question, "", block(program.code), asked.language, problem=problem,
                  tests=split_tests(tested, split))  # fmt: skip


def any_program(rng: random.Random, split: Split) -> tuple[Program, str]:
    """Return a program and its problem; in the test split the compositions are held out."""
    if rng.random() < 0.6:
        return draw_family(rng, split)
    program = draw_classic(rng)
    return program, program.key


def renaming(rng: random.Random, program: Program, share: float) -> dict[str, str]:
    """Return new names for the function and the parameters, or nothing in the rest of the cases."""
    mapping = {program.name: new_name(rng, program)} if rng.random() < share else {}
    if program.params and rng.random() < 0.25:
        mapping.update(new_params(rng, program, mapping.get(program.name, program.name)))
    return mapping


def apply(program: Program, mapping: dict[str, str]) -> Program:
    """Return the program with the new names."""
    return program.renamed(mapping.get(program.name, program.name), mapping)


def explain(rng: random.Random, split: Split) -> Sample:
    """Return a question what a function does."""
    program, problem = any_program(rng, split)
    shown = apply(program, renaming(rng, program, 0.5))
    language = language_of(rng)
    shape = pick_wording(rng, EXPLAIN[language], split)
    clause = program.clause[0] if language == "en" else program.clause[1]
    does = summary(program, language)
    subject = {"en": "It", "id": "Fungsi ini"} if not program.is_class else {"en": "It", "id": "Kode ini"}
    answer = f"{subject[language]} {does}."
    if clause in EXPLAINED:
        answer += " " + EXPLAINED[clause]
    words = program.words[0] if language == "en" else program.words[1]
    return Sample("explain", shape.format(code=block(shown.code)), "", answer, language, words, problem=problem)


EXPLAINED = {
    "Return None if there are none.": "It returns None if there are none.",
    "Return 0 if there are none.": "It returns 0 if there are none.",
    "Return None for an empty list.": "It returns None for an empty list.",
    "Return 0 if the list is empty.": "It returns 0 if the list is empty.",
    "Raise a ValueError if the list is empty.": "It raises a ValueError if the list is empty.",
    "Return None for negative numbers.": "It returns None for negative numbers.",
    "Raise a ValueError if the number is negative.": "It raises a ValueError if the number is negative.",
    "Ignore case.": "It ignores case.",
    "Kembalikan None jika tidak ada.": "Hasilnya None jika tidak ada.",
    "Kembalikan 0 jika tidak ada.": "Hasilnya 0 jika tidak ada.",
    "Kembalikan None untuk list kosong.": "Hasilnya None untuk list kosong.",
    "Kembalikan 0 jika list kosong.": "Hasilnya 0 jika list kosong.",
    "Munculkan ValueError jika list kosong.": "Fungsi ini memunculkan ValueError jika list kosong.",
    "Kembalikan None untuk bilangan negatif.": "Hasilnya None untuk bilangan negatif.",
    "Munculkan ValueError jika bilangannya negatif.": "Fungsi ini memunculkan ValueError jika bilangannya negatif.",
    "Abaikan huruf besar dan kecil.": "Huruf besar dan kecil tidak dibedakan.",
}


def fix(rng: random.Random, split: Split) -> Sample:
    """Return a function with one bug; the answer names the bug and shows the right function."""
    while True:
        program, problem = any_program(rng, split)
        bug = draw_bug(rng, program)
        if bug is not None:
            break
    mapping = renaming(rng, program, 0.4)
    right = apply(program, mapping)
    wrong, line = rename(bug.code, mapping), rename(bug.line, mapping)
    language = language_of(rng)
    shape = pick_wording(rng, FIX[language], split)
    phrase = summary(program, language, "do")
    question = shape.format(do=phrase, does=summary(program, language), code=block(wrong), n=right.name)
    clause = program.clause[0] if language == "en" else program.clause[1]
    if clause in EXPLAINED:
        question = question.replace("\n", f" {EXPLAINED[clause]}\n", 1)
    answer = f"{Bug(bug.kind, wrong, line).sentence(language)}\n{block(right.code)}"
    return Sample("fix", question, "", answer, language, problem=problem, tests=split_tests(right, split))


def plain_assertion(name: str, arguments: str, result: Any) -> str:
    """Return an assert line as a person writes it."""
    call = f"{name}({arguments})"
    if result is True:
        return f"assert {call}"
    if result is False:
        return f"assert not {call}"
    return f"assert {call} is None" if result is None else f"assert {call} == {result!r}"


def example_inputs(program: Program) -> Iterator[str]:
    """Yield simple arguments for a program of the compositional family."""
    kind, _, hint = program.params[0][1].partition("/")
    if kind == "ints":
        yield "[1, 2, 3, 4]"
        yield "[-2, 5, 0]"
        if hint:
            k = int(hint)
            yield f"[{k - 1}, {k}, {k + 1}]"
            yield f"[{2 * k}, {k + 10}]"
        yield "[10, 7, -3]"
    else:
        if hint.isalpha():
            yield f"['{hint}a', 'b{hint}', 'x']"
        elif hint:
            yield repr(["sunflowers"[: max(1, int(hint) + more)] for more in (-1, 0, 1)])
        yield "['a', 'Bob', 'CAT']"
        yield "['hello', 'level', '12']"
        yield "['longest', 'sunflower']"
    yield "[]"


@lru_cache(maxsize=20_000)
def examples(program: Program) -> tuple[tuple[str, Any], ...]:
    """Return three short (arguments, result) of the program, with different results where there are."""
    found: list[tuple[str, Any]] = []
    if "|" in program.key:
        function = load(program.code, program.name)
        for arguments in example_inputs(program):
            try:
                found.append((arguments, eval(f"f({arguments})", {"f": function})))
            except (ValueError, ZeroDivisionError, IndexError):
                continue
    else:
        found = sorted(cases(program), key=lambda case: len(case[0]) + 2 * len(repr(case[1])))
    chosen: list[tuple[str, Any]] = []
    for case in found:
        if all(case[1] != other[1] for other in chosen) and len(chosen) < 3:
            chosen.append(case)
    for case in found:
        if case not in chosen and len(chosen) < 3:
            chosen.append(case)
    return tuple(chosen)


@lru_cache(maxsize=20_000)
def caught(program: Program) -> str:
    """Return a wrong form of the program that its examples find, or nothing."""
    asserts = "\n".join(plain_assertion(program.name, *case) for case in examples(program))
    for bug in mutants(program.code):
        try:
            limited(lambda code=bug.code: exec(f"{code}\n{asserts}", {}))  # type: ignore[misc]
        except Exception:
            return bug.code
    return ""


def tests(rng: random.Random, split: Split) -> Sample:
    """Return a request for assertions; `tests` of the sample is a wrong function that they must find."""
    while True:
        program, problem = any_program(rng, split)
        if program.is_class or not program.params or len(examples(program)) < 2:
            continue
        wrong = caught(program)
        if wrong:
            break
    mapping = renaming(rng, program, 0.3)
    shown, language = apply(program, mapping), language_of(rng)
    shape = pick_wording(rng, TESTS[language], split)
    lines = [plain_assertion(shown.name, *case) for case in examples(program)]
    return Sample("tests", shape.format(code=block(shown.code), n=shown.name), "", block("\n".join(lines)), language,
                  problem=problem, tests=rename(wrong, mapping))  # fmt: skip


def fim(rng: random.Random, split: Split) -> Sample:
    """Return a function with a hole; the whole text with the answer in the hole is executed."""
    while True:
        program, problem = any_program(rng, split)
        if not program.is_class and rng.random() < 0.2:
            program = program.renamed(program.name, new_params(rng, program, program.name))
        phrase = summary(program, "en", "do")
        head = f"# {phrase[0].upper()}{phrase[1:]}.\n" if rng.random() < 0.5 else ""
        start, end = cut(rng, program.code)
        if not program.code[start:end].strip():
            continue
        held = hash_percent(f"{program.key}-{start}-{end}") < CUTS_HELD_OUT_PERCENT
        if "|" in program.key or held == (split == "test"):
            break
    text = head + program.code + "\n"
    start, end = start + len(head), end + len(head)
    prompt = f"{FIM_PREFIX}{text[:start]}{FIM_SUFFIX}{text[end:]}{FIM_MIDDLE}"
    return Sample("fim", "", "", text[start:end], "en", problem=problem, tests=split_tests(program, split),
                  prompt=prompt)  # fmt: skip


def cut(rng: random.Random, code: str) -> tuple[int, int]:
    """Return where a hole in the code starts and ends: lines, the tail of a line, or a part of one."""
    lines = code.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    first = rng.randrange(1, len(lines))
    style = rng.random()
    if style < 0.45:  # whole lines, from the indentation of the first to the end of the last
        last = first if style < 0.25 else rng.randrange(first, len(lines)) if style < 0.38 else len(lines) - 1
        indent = len(lines[first]) - len(lines[first].lstrip())
        return starts[first] + indent, starts[last + 1] - 1
    tokens = [m.span() for m in TOKEN.finditer(lines[first]) if m.start() > 0 and not m.group().isspace()]
    if not tokens:
        return 0, 0
    a = rng.randrange(len(tokens))
    b = len(tokens) - 1 if style < 0.7 else min(len(tokens) - 1, a + rng.randrange(6))
    left = tokens[a][0]
    if rng.random() < 0.3 and lines[first][left - 1] == " " and lines[first][:left].strip():
        left -= 1  # the cursor stands right after a word, so the answer starts with the space
    return starts[first] + left, starts[first] + tokens[b][1]


def pair_of(prompt: str) -> tuple[str, str]:
    """Return (text before, text after) the hole of a fill-in-the-middle prompt."""
    before, after = prompt.removeprefix(FIM_PREFIX).removesuffix(FIM_MIDDLE).split(FIM_SUFFIX)
    return before, after

