"""Questions that need an earlier turn: go on with a result, repeat, explain, say it in the other language."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from scripts.pocket.data import arithmetic, chat, facts, refusals
from scripts.pocket.data.refusals import fillers, nonsense
from scripts.pocket.data.sample import Language, Sample, Split, pick_wording
from scripts.pocket.data.style import loosen, varied
from scripts.pocket.data.tables import facts as known_facts
from scripts.pocket.data.tables import read, specifications
from scripts.pocket.data.traces import OPERATIONS, Trace, is_held_out

HOW = {
    "en": "I worked digit by digit from the right, with carries and borrows. Turn thinking on to see the steps.",
    "id": "Saya menghitung angka demi angka dari kanan. Nyalakan mode berpikir untuk melihat langkahnya.",
}
UNSURE = {
    "en": "I think so: {}. But I can be wrong.",
    "id": "Saya kira begitu: {}. Tetapi saya bisa salah.",
}
LEARNED = {
    "en": "I only repeat what I learned in training. I cannot explain it further.",
    "id": "Saya hanya mengulang yang saya pelajari. Saya tidak bisa menjelaskan lebih jauh.",
}
LEARNED_MUST = {"en": "only repeat", "id": "hanya mengulang"}
HOW_MUST = {"en": "digit by digit", "id": "angka demi angka"}


def wording_of(rng: random.Random, kind: str, language: Language, split: Split, **words: str) -> str:
    """Return one way to ask for `kind`, typed as loosely as other questions."""
    text = varied(rng, pick_wording(rng, read("followups.yaml")[kind][language], split)).format(**words)
    return loosen(rng, text, language) if not words else text


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
    wording = pick_wording(rng, read("followups.yaml")["continue"][operator][first.language], split)
    question = varied(rng, wording).format(n=n)
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
    generator = rng.choice((arithmetic.generate, facts.generate, chat.generate, facts.generate, refusals.generate))
    return generator(rng, "train", None)


def talk(
    first: Sample, question: str, thinking: tuple[str, str], answer: str, must: tuple[str, ...], kind: str
) -> Sample:
    """Return the sample that asks `question` after `first`; `thinking` is in English and in Indonesian."""
    return Sample(
        "followup_talk",
        question,
        thinking[0] if first.language == "en" else thinking[1],
        answer,
        first.language,
        must,
        problem=kind,
        history=((first.question, first.answer),),
    )


def repeat(rng: random.Random, split: Split) -> Sample:
    """Return a request to repeat the last question."""
    first = earlier_turn(rng)
    question = wording_of(rng, "repeat", first.language, split)
    answer = f"You asked: {first.question}" if first.language == "en" else f"Anda bertanya: {first.question}"
    thinking = "I repeat the last question.", "Saya mengulang pertanyaan terakhir."
    return talk(first, question, thinking, answer, (first.question.lower(),), "repeat")


def again(rng: random.Random, split: Split) -> Sample:
    """Return a request to repeat the last answer, or the result of a sum."""
    if rng.random() < 0.6:
        first, kind = earlier_turn(rng), "again"
    else:
        first, kind = arithmetic.generate(rng, "train"), "result"
    thinking = "I repeat my answer.", "Saya mengulang jawaban saya."
    return talk(first, wording_of(rng, kind, first.language, split), thinking, first.answer, (first.answer,), kind)


def echo(rng: random.Random, split: Split) -> Sample:
    """Return a request to repeat some text in the same turn, which trains copying."""
    language: Language = "en" if rng.random() < 0.6 else "id"
    words = fillers(rng)
    text = " ".join(words[rng.choice(list(words))] for _ in range(rng.randint(1, 4)))
    if rng.random() < 0.3:
        text = earlier_turn(rng).question
    question = varied(rng, pick_wording(rng, read("followups.yaml")["echo"][language], split)).replace("{x}", text)
    thinking = "I repeat the words." if language == "en" else "Saya mengulang kata-katanya."
    return Sample("followup_talk", question, thinking, text, language, (text.lower(),), problem="echo")


def why(rng: random.Random, split: Split) -> Sample:
    """Return a "why?" after a sum or a fact, or a wish to know more about a fact."""
    sum_ = rng.random() < 0.55
    first = arithmetic.generate(rng, "train") if sum_ else facts.generate(rng, "train")
    kind = "why" if sum_ or rng.random() < 0.5 else "more"
    answer = (HOW if sum_ else LEARNED)[first.language]
    must = (HOW_MUST if sum_ else LEARNED_MUST)[first.language]
    thinking = "The user asks how I did it.", "Pengguna bertanya caranya."
    return talk(first, wording_of(rng, kind, first.language, split), thinking, answer, (must,), kind)


def sure(rng: random.Random, split: Split) -> Sample:
    """Return an "are you sure?" after a sum or a fact."""
    first = arithmetic.generate(rng, "train") if rng.random() < 0.6 else facts.generate(rng, "train")
    answer = UNSURE[first.language].format(first.answer.rstrip("."))
    thinking = "I repeat my answer.", "Saya mengulang jawaban saya."
    question = wording_of(rng, "sure", first.language, split)
    return talk(first, question, thinking, answer, (first.answer.rstrip("."),), "sure")


def other_language(rng: random.Random, split: Split) -> Sample:
    """Return a request for the answer about a fact in the other language."""
    first = facts.generate(rng, "train")
    other: Language = "id" if first.language == "en" else "en"
    if first.task == "specification":
        model, attribute = first.problem.split()
        answer, must = facts.specification_answer(model, attribute, other)
    else:
        section = "definitions" if first.task == "definition" else "general"
        statement = next(fact for fact in known_facts(section) if fact.key == first.problem).statements[other]
        answer, must = statement.answer, (statement.must,)
    thinking = "I say it in Indonesian.", "Saya menjawab dalam bahasa Inggris."
    question = wording_of(rng, "other_language", first.language, split)
    return talk(first, question, thinking, answer, must, "other language")


def user_name(rng: random.Random, split: Split) -> Sample:
    """Return a user who says a name, or who asks for it in a later turn."""
    language: Language = "en" if rng.random() < 0.6 else "id"
    # Invented names too: the name must be copied, not remembered.
    name = rng.choice(read("followups.yaml")["names"]) if rng.random() < 0.4 else nonsense(rng).capitalize()
    hello = f"Nice to meet you, {name}!" if language == "en" else f"Senang bertemu, {name}!"
    if rng.random() < 0.35:
        tell = wording_of(rng, "my_name", language, split, n=name)
        thinking = "The user tells me a name." if language == "en" else "Pengguna menyebut namanya."
        return Sample("followup_talk", tell, thinking, hello, language, (name.lower(),), problem="name")
    question = wording_of(rng, "which_name", language, split)
    answer = f"Your name is {name}." if language == "en" else f"Nama Anda {name}."
    thinking = "The user said the name before." if language == "en" else "Pengguna sudah menyebut namanya."
    history = [(wording_of(rng, "my_name", language, "train", n=name), hello)]
    if rng.random() < 0.3:
        between = earlier_turn(rng)
        history.append((between.question, between.answer))
    must = (name.lower(),)
    return Sample(
        "followup_talk", question, thinking, answer, language, must, problem="my name", history=tuple(history)
    )


def another_model(rng: random.Random, split: Split) -> Sample:
    """Return "and Qwen3-8B?" after a question about an attribute of another model."""
    first = facts.generate(rng, "train", "specification")
    attribute = first.problem.split()[1]
    model = rng.choice([m for m in specifications() if m != first.problem.split()[0]])
    question = wording_of(rng, "another_model", first.language, split, m=facts.typed_model(rng, model))
    answer, must = facts.specification_answer(model, attribute, first.language)
    thinking = facts.specification_thinking(model, attribute, first.language)
    return talk(first, question, (thinking, thinking), answer, must, f"and {model} {attribute}")


KINDS: dict[Callable[[random.Random, Split], Sample], int] = {
    repeat: 5, again: 4, echo: 3, why: 3, sure: 2, other_language: 2, user_name: 4, another_model: 2,
}  # fmt: skip


def generate(rng: random.Random, split: Split, task: str | None = None) -> Sample:
    """Return one sample of `task`: "followup_sum" or "followup_talk", random if None."""
    task = task or ("followup_sum" if rng.random() < 0.35 else "followup_talk")
    kind = carry_on if task == "followup_sum" else rng.choices(list(KINDS), list(KINDS.values()))[0]
    sample = kind(rng, split)
    if sample.history and rng.random() < 0.15:  # a turn that has nothing to do with it comes first
        turn = earlier_turn(rng)
        sample = replace(sample, history=((turn.question, turn.answer), *sample.history))
    return sample
