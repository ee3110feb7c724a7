"""Whether answers of the code model are right: their code is executed, their words are compared."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scripts.pocket.data.code.middle import pair_of
from scripts.pocket.data.code.program import ASKED, defined
from scripts.pocket.data.sample import Sample
from scripts.pocket.execute import run_all

BLOCK = re.compile(r"```(?:python)?\n(.*?)```", re.DOTALL)
TIMEOUT_S = 2.0


def code_in(answer: str) -> str | None:
    """Return the code of the last block of an answer, or None."""
    blocks = BLOCK.findall(answer)
    return str(blocks[-1]).strip("\n") if blocks else None


def with_asked_name(code: str, tests: str) -> str:
    """Return the code, with the last name that it defines also called ASKED where the tests call that."""
    names = defined(code)
    return f"{code}\n\n{ASKED} = {names[-1]}" if names and f"{ASKED}(" in tests else code


def programs(sample: Sample, answer: str) -> list[tuple[str, str, bool]] | None:
    """Return what has to be executed as (code, assertions, whether they must pass), or None if the answer is wrong."""
    if sample.task == "fim":
        before, after = pair_of(sample.prompt)
        return [(before + answer + after, sample.tests, True)]
    code = code_in(answer)
    if code is None:
        return None
    if sample.task == "tests":
        shown = code_in(sample.question) or ""
        lines = [line for line in code.split("\n") if line.strip() and not line.startswith("# ")]
        if not 2 <= len(lines) <= 4 or not all(line.startswith("assert ") for line in lines):
            return None
        return [(shown, code, True), (sample.tests, code, False)]
    return [(with_asked_name(code, sample.tests), sample.tests, True)]


def are_right(samples: Sequence[Sample], answers: Sequence[str]) -> list[bool]:
    """Return for each sample of the test split whether its answer is right.

    Answers of `fim` must be passed as the model wrote them: a space at their start is part of the code.
    """
    right = [True] * len(samples)
    work: list[tuple[int, str, str, bool]] = []
    for i, (sample, answer) in enumerate(zip(samples, answers, strict=True)):
        if sample.must_contain:
            right[i] = all(words.lower() in answer.lower() for words in sample.must_contain)
            continue
        if not sample.tests:
            raise ValueError(f"A sample of {sample.task} has no tests. Use samples of the test split.")
        found = programs(sample, answer)
        right[i] = found is not None
        work += [(i, *program) for program in found or ()]
    results = run_all([(code, tests) for _, code, tests, _ in work], TIMEOUT_S)
    for (i, _, _, must_pass), passed in zip(work, results, strict=True):
        right[i] = right[i] and passed == must_pass
    return right
