"""Questions that need the previous turn: go on with a result, repeat, explain."""

from __future__ import annotations

import random

from scripts.pocket.data import arithmetic, chat, facts
from scripts.pocket.data.sample import Sample, Split, pick_wording
from scripts.pocket.data.tables import read, specifications
from scripts.pocket.data.traces import OPERATIONS, Trace, is_held_out

HOW = {
    "en": "I worked digit by digit from the right, with carries and borrows. Turn thinking on to see the steps.",
    "id": "Saya menghitung angka demi angka dari kanan. Nyalakan mode berpikir untuk melihat langkahnya.",
}
HOW_MUST = {"en": "digit by digit", "id": "angka demi angka"}


def carry_on(rng: random.Random, split: Split) -> Sample:
    """Return "and times 2?" after a sum: the result of the first turn is used in the second."""
    while True:
        first = arithmetic.generate(
            rng, "train", rng.choice(("add1", "add2", "add3", "sub2", "mul11", "mul21", "mul22"))
        )
        start = int(first.gold or 0)
        operator = rng.choice("+-*")
        n = arithmetic.number(rng, 1 if operator == "*" else rng.randint(1, min(3, max(1, len(str(abs(start)))))))
        if start < 0 or start > 9999 or is_held_out(start, operator, n) != (split == "test"):
            continue
        trace = Trace([f"{start}{operator}{n}"])
        result = OPERATIONS[operator](trace, start, n)
        if split == "test" or not trace.uses_held_out():
            break
    question = pick_wording(rng, read("followups.yaml")["continue"][operator][first.language], split).format(n=n)
    return Sample(
        "followup_sum",
        question,
        "\n".join(trace.lines),
        f"{start} {operator} {n} = {result}",
        first.language,
        gold=str(result),
        problem=f"{start}{operator}{n}",
        history=((first.question, first.answer),),
    )


def earlier_turn(rng: random.Random) -> Sample:
    """Return any one-turn training sample to talk about."""
    return rng.choice((arithmetic, facts, chat)).generate(rng, "train")


def repeat(rng: random.Random, split: Split) -> Sample:
    """Return a request to repeat the last question."""
    first = earlier_turn(rng)
    question = pick_wording(rng, read("followups.yaml")["repeat"][first.language], split)
    answer = f"You asked: {first.question}" if first.language == "en" else f"Anda bertanya: {first.question}"
    thinking = "I repeat the last question." if first.language == "en" else "Saya mengulang pertanyaan terakhir."
    return Sample(
        "followup_talk",
        question,
        thinking,
        answer,
        first.language,
        (first.question.lower(),),
        problem="repeat",
        history=((first.question, first.answer),),
    )


def why(rng: random.Random, split: Split) -> Sample:
    """Return a "why?" or "are you sure?" after a sum."""
    first = arithmetic.generate(rng, "train")
    history = ((first.question, first.answer),)
    if rng.random() < 0.5:
        question = pick_wording(rng, read("followups.yaml")["sure"][first.language], split)
        answer = f"Yes: {first.answer}." if first.language == "en" else f"Ya: {first.answer}."
        thinking = "I repeat my answer." if first.language == "en" else "Saya mengulang jawaban saya."
        return Sample(
            "followup_talk",
            question,
            thinking,
            answer,
            first.language,
            (first.answer,),
            problem="sure",
            history=history,
        )
    question = pick_wording(rng, read("followups.yaml")["why"][first.language], split)
    thinking = "The user asks how I did it." if first.language == "en" else "Pengguna bertanya caranya."
    must = (HOW_MUST[first.language],)
    return Sample(
        "followup_talk", question, thinking, HOW[first.language], first.language, must, problem="why", history=history
    )


def another_model(rng: random.Random, split: Split) -> Sample:
    """Return "and Qwen3-8B?" after a question about an attribute of another model."""
    first = facts.generate(rng, "train", "specification")
    attribute = first.problem.split()[1]
    model = rng.choice([m for m in specifications() if m != first.problem.split()[0]])
    wording = pick_wording(rng, read("followups.yaml")["another_model"][first.language], split)
    question = wording.format(m=facts.typed_model(rng, model))
    answer, must = facts.specification_answer(model, attribute, first.language)
    thinking = facts.specification_thinking(model, attribute, first.language)
    return Sample(
        "followup_talk",
        question,
        thinking,
        answer,
        first.language,
        must,
        problem=f"and {model} {attribute}",
        history=((first.question, first.answer),),
    )


def generate(rng: random.Random, split: Split, task: str | None = None) -> Sample:
    """Return one sample of `task`: "followup_sum" or "followup_talk", random if None."""
    task = task or ("followup_sum" if rng.random() < 0.5 else "followup_talk")
    if task == "followup_sum":
        return carry_on(rng, split)
    return rng.choice((repeat, why, another_model))(rng, split)
