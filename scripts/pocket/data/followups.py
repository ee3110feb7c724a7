"""Questions that need the previous turn: go on with a result, repeat, explain."""

from __future__ import annotations

import random

from scripts.pocket.data import arithmetic, chat, facts
from scripts.pocket.data.refusals import nonsense
from scripts.pocket.data.sample import Language, Sample, Split, pick_wording, wordings
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
    generator = rng.choice((arithmetic.generate, facts.generate, chat.generate))
    return generator(rng, "train")


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
    """Return a "why?" or "are you sure?" after a sum or a fact."""
    first = arithmetic.generate(rng, "train") if rng.random() < 0.75 else facts.generate(rng, "train")
    history = ((first.question, first.answer),)
    if rng.random() < 0.4:
        question = pick_wording(rng, read("followups.yaml")["sure"][first.language], split)
        answer = UNSURE[first.language].format(first.answer.rstrip("."))
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
    sum_ = first.gold is not None
    answer = (HOW if sum_ else LEARNED)[first.language]
    must = ((HOW_MUST if sum_ else LEARNED_MUST)[first.language],)
    return Sample("followup_talk", question, thinking, answer, first.language, must, problem="why", history=history)


def user_name(rng: random.Random, split: Split) -> Sample:
    """Return a user who says a name, or who asks for it in the turn after."""
    language: Language = "en" if rng.random() < 0.6 else "id"
    tables = read("followups.yaml")
    # Invented names too: the name must be copied, not remembered.
    name = rng.choice(tables["names"]) if rng.random() < 0.4 else nonsense(rng).capitalize()
    tell = rng.choice(wordings(tables["my_name"][language], "train")).format(n=name)
    hello = f"Nice to meet you, {name}!" if language == "en" else f"Senang bertemu, {name}!"
    if rng.random() < 0.4:
        tell = pick_wording(rng, tables["my_name"][language], split).format(n=name)
        thinking = "The user tells me a name." if language == "en" else "Pengguna menyebut namanya."
        return Sample("followup_talk", tell, thinking, hello, language, (name.lower(),), problem="name")
    question = pick_wording(rng, tables["which_name"][language], split)
    answer = f"Your name is {name}." if language == "en" else f"Nama Anda {name}."
    thinking = "The user said the name before." if language == "en" else "Pengguna sudah menyebut namanya."
    history = ((tell, hello),)
    return Sample(
        "followup_talk", question, thinking, answer, language, (name.lower(),), problem="my name", history=history
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
    return rng.choice((repeat, why, another_model, user_name))(rng, split)
