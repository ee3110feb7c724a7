"""One sample of each task that is about the meaning of a program: compose, classic, explain and fix."""

from __future__ import annotations

import random

from scripts.pocket.data.code import shapes
from scripts.pocket.data.code.asking import Request, language_of, new_name, new_params, request, summary
from scripts.pocket.data.code.bugs import Bug, draw_bug
from scripts.pocket.data.code.classics import draw_classic
from scripts.pocket.data.code.family import draw_family
from scripts.pocket.data.code.program import ASKED, Program, rename, tests_of
from scripts.pocket.data.code.wordings import of_kind
from scripts.pocket.data.sample import Sample, Split

EXPLAIN = of_kind("explain", shapes.EXPLAIN)
FIX = of_kind("fix", shapes.FIX)
FIX_BARE = of_kind("fix_bare")


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
    shape = EXPLAIN[language].draw(rng, split)
    clause = program.clause[0] if language == "en" else program.clause[1]
    does = summary(program, language)
    subject = {"en": "It", "id": "Fungsi ini"} if not program.is_class else {"en": "It", "id": "Kode ini"}
    answer = f"{subject[language]} {does}."
    if clause in EXPLAINED:
        answer += " " + EXPLAINED[clause]
    words = program.words[0] if language == "en" else program.words[1]
    return Sample(
        "explain",
        typed(rng, shape).format(code=block(shown.code), n=shown.name),
        "",
        answer,
        language,
        words,
        problem=problem,
    )


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
    """Return a function with one bug; the answer names the bug and shows the right function.

    A third of the requests does not say what the function should do: then its name says it.
    """
    bare = rng.random() < 0.35
    while True:
        program, problem = any_program(rng, split)
        bug = None if bare and program.clause[0] else draw_bug(rng, program)
        if bug is not None:
            break
    mapping = renaming(rng, program, 0.0 if bare else 0.4)
    right = apply(program, mapping)
    wrong, line = rename(bug.code, mapping), rename(bug.line, mapping)
    language = language_of(rng)
    shape = (FIX_BARE if bare else FIX)[language].draw(rng, split)
    question = typed(rng, shape).format(
        do=summary(program, language, "do"), Do="", does=summary(program, language), code=block(wrong), n=right.name
    )
    clause = program.clause[0] if language == "en" else program.clause[1]
    if clause in EXPLAINED:
        text = EXPLAINED[clause]
        code_first = question.startswith("```")
        question = f"{question} {text}" if code_first else question.replace("\n", f" {text}\n", 1)
    answer = f"{Bug(bug.kind, wrong, line).sentence(language)}\n{block(right.code)}"
    return Sample("fix", question, "", answer, language, problem=problem, tests=split_tests(right, split))


def typed(rng: random.Random, shape: str) -> str:
    """Return the shape of a request with code as it is, or in lower case."""
    return shape.lower() if rng.random() < 0.15 else shape
