"""Checks of every lesson: its texts, and that each cell runs. A question with no right option fails at import."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from playground.errors import UnknownName
from playground.service import Playground
from playground.types import CancelToken, GenerationRequest, Message, Usage
from playground.ui.sampling import recommended
from playground.ui.view import Draft, drafts
from tutorials.lesson import Lesson, Run
from tutorials.prose import LANGUAGES, lessons, prose


@dataclass(frozen=True, slots=True)
class Result:
    """One check. skipped: it could not be made on this machine."""

    lesson: str
    what: str
    outcome: Literal["passed", "failed", "skipped"]
    detail: str = ""
    measured: dict[str, Any] | None = None


def check_lessons(playground: Playground | None = None, variant: str = "") -> list[Result]:
    """All checks of all lessons. Without a playground, the one that the settings of this machine make."""
    results = [result for lesson in lessons() for result in texts(lesson)]
    if any(result.outcome == "failed" for result in results):
        return results
    try:
        if playground is None:
            playground, variant = _from_settings()
        key = playground.catalog.variant(variant).key
    except UnknownName as error:
        return [*results, *(Result(lesson.id, "runs", "skipped", str(error)) for lesson in lessons())]
    return [*results, *(result for lesson in lessons() for result in runs(lesson, playground, key))]


def texts(lesson: Lesson) -> Iterator[Result]:
    """Whether each language has exactly the texts that the lesson needs."""
    for language in LANGUAGES:
        try:
            prose(lesson, language)
        except ValueError as error:
            yield Result(lesson.id, f"texts {language}", "failed", str(error))
        else:
            yield Result(lesson.id, f"texts {language}", "passed", f"{len(lesson.keys())} texts")


def runs(lesson: Lesson, playground: Playground, variant: str) -> Iterator[Result]:
    """Every cell in every language, through the one door. Passes when an answer came, right or not."""
    for language in LANGUAGES:
        said = prose(lesson, language)
        for run in lesson.of(Run):
            draft = _answer(playground, run, said[f"{run.id}.question"], variant)
            yield _judged(lesson, run, language, draft)


def _answer(playground: Playground, run: Run, question: str, variant: str) -> Draft:
    model = playground.catalog.variant(variant).model
    sampling = recommended(model, run.thinking, run.max_tokens)
    thinking = run.thinking == "on" if model.thinking == "hybrid" else None
    request = GenerationRequest(variant, (Message("user", question),), sampling, thinking)
    *_, last = drafts(playground.stream(request, "lesson check", CancelToken()))
    return last


def _judged(lesson: Lesson, run: Run, language: str, draft: Draft) -> Result:
    what = f"runs {run.id} {language}"
    if draft.failed is not None:
        return Result(lesson.id, what, "failed", draft.failed.message)
    usage: Usage = draft.usage
    found = run.measure(draft.text, draft.reason or "stop", usage)
    measured: dict[str, Any] = {"tokens": found.tokens, "reasoning_tokens": found.reasoning_tokens,
                                "seconds": round(found.seconds, 3), "right": found.right, "reason": found.reason,
                                "variant": found.variant, "seed": usage.seed}
    detail = f"{found.tokens} tokens, {found.seconds:.2f} s, {'right' if found.right else 'not right'}"
    return Result(lesson.id, what, "passed" if draft.text.strip() else "failed", detail, measured)


def _from_settings() -> tuple[Playground, str]:
    from playground.compose import compose
    from playground.settings import load_settings

    app = compose(load_settings())
    return app.playground, app.default.key
