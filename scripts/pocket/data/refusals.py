"""Questions that the pocket model cannot answer, and arithmetic outside its range.

Thousands of different questions with two or three fixed answers teach a tiny model to say
"I do not know" for whatever is not about Qwen, a small sum or small talk.
"""

from __future__ import annotations

import random

from scripts.pocket.data.arithmetic import ask, number
from scripts.pocket.data.sample import Language, Sample, Split, pick_wording
from scripts.pocket.data.style import loosen, varied
from scripts.pocket.data.tables import read

UNKNOWN = {
    "en": (
        "This is not about Qwen or a sum. I do not know it.",
        "I am a tiny pocket model and do not know that. Ask me about Qwen or a sum.",
        "do not know",
    ),
    "id": (
        "Ini bukan tentang Qwen atau hitungan. Saya tidak tahu.",
        "Saya model saku yang kecil dan tidak tahu itu. Tanya saya tentang Qwen atau hitungan.",
        "tidak tahu",
    ),
}
TOO_LONG = {
    "en": (
        "The numbers are too long for me.",
        "That is too long for me. I add and subtract up to 4 digits, and multiply up to 3 by 2 digits.",
        "too long",
    ),
    "id": (
        "Bilangannya terlalu panjang untuk saya.",
        "Itu terlalu panjang untuk saya. Saya menambah dan mengurang sampai 4 angka, mengalikan sampai 3 kali 2 angka.",
        "terlalu panjang",
    ),
}
SPELLED = {
    "en": (
        "The numbers are words. I need digits.",
        "Please write the numbers as digits, for example 2 + 2.",
        "as digits",
    ),
    "id": (
        "Bilangannya berupa kata. Saya perlu angka.",
        "Tolong tulis bilangan dengan angka, misalnya 2 + 2.",
        "dengan angka",
    ),
}
NOT_TRAINED = {
    "en": (
        "I never learned this operation.",
        "I never learned that. I can only add, subtract and multiply whole numbers.",
        "only add",
    ),
    "id": (
        "Saya tidak pernah belajar operasi ini.",
        "Saya tidak pernah belajar itu. Saya hanya bisa menambah, mengurang dan mengalikan bilangan bulat.",
        "hanya bisa",
    ),
}


def nonsense(rng: random.Random) -> str:
    """Return an invented word of one to four syllables."""
    return "".join(
        rng.choice("bcdfghjklmnprstvwyz") + rng.choice("aeiou") + rng.choice(("", "", "n", "r", "x"))
        for _ in range(rng.randint(1, 4))
    )


def letters(rng: random.Random) -> str:
    """Return random letters, as from a hand that slid over the keyboard."""
    return "".join(rng.choice("asdfghjklqwertyuiopzxcvbnm") for _ in range(rng.randint(3, 9)))


def version(rng: random.Random) -> str:
    """Return the end of a model name that is not in the tables, such as "5-12B"."""
    size = rng.choice((2, 5, 9, 12, 20, 50, 60, 90, 100, 300))
    return f"{rng.choice(('4', '5', '6', '7', '8', '9', '3'))}-{size}B"


def fillers(rng: random.Random, language: Language = "en") -> dict[str, str]:
    """Return words for all the {places} of a wording; the second of a kind differs from the first."""
    tables = read("refusals.yaml")
    words = {"nonsense": nonsense(rng), "nonsense2": nonsense(rng), "letters": letters(rng), "version": version(rng)}
    # People mix English words into Indonesian, so some of the Indonesian questions keep them.
    own = tables["fill_id"] if language == "id" and rng.random() < 0.75 else {}
    for name, choices in {**tables["fill"], **own}.items():
        words[name], words[f"{name}2"] = rng.sample(choices, 2)
    return words


def unknown(rng: random.Random, split: Split, language: Language) -> Sample:
    """Return a question about something else than Qwen, sums and small talk."""
    tables = read("refusals.yaml")
    wording = varied(rng, pick_wording(rng, tables["unknown"][language], split))
    question = wording.format(**fillers(rng, language))
    thinking, answer, must = UNKNOWN[language]
    return Sample("refusal", loosen(rng, question, language), thinking, answer, language, (must,), problem="unknown")


def too_long(rng: random.Random, split: Split, language: Language) -> Sample:
    """Return arithmetic with numbers, or more numbers, than the model was trained on."""
    kind = rng.random()
    if kind < 0.55:
        a, b = number(rng, rng.randint(5, 9)), number(rng, rng.randint(1, 9))
        a, b = (a, b) if rng.random() < 0.7 else (b, a)
        expression = f"{a}{rng.choice('+-*')}{b}"
    elif kind < 0.8:
        widths = rng.choice(((3, 3), (4, 2), (4, 3), (4, 4), (2, 4), (3, 4)))
        expression = f"{number(rng, widths[0])}*{number(rng, widths[1])}"
    else:
        terms = [str(number(rng, rng.randint(1, 2))) for _ in range(rng.randint(4, 6))]
        expression = terms[0] + "".join(rng.choice("+-*") + term for term in terms[1:])
    question, language = ask(rng, expression, split)
    thinking, answer, must = TOO_LONG[language]
    return Sample("out_of_range", question, thinking, answer, language, (must,), problem=expression)


def not_trained(rng: random.Random, split: Split, language: Language) -> Sample:
    """Return a mathematics question that needs an operation outside the training."""
    wording = pick_wording(rng, read("refusals.yaml")["not_trained"][language], split)
    question = varied(rng, wording).format(a=number(rng, rng.randint(1, 4)), b=number(rng, rng.randint(1, 2)))
    thinking, answer, must = NOT_TRAINED[language]
    return Sample("out_of_range", loosen(rng, question, language), thinking, answer, language, (must,), problem=wording)


def spelled(rng: random.Random, split: Split, language: Language) -> Sample:
    """Return arithmetic with numbers in words, which the model asks to write as digits."""
    tables = read("refusals.yaml")
    words = tables["numbers"][language]
    wording = pick_wording(rng, tables["spelled"][language], split)
    question = varied(rng, wording).format(a=rng.choice(words), b=rng.choice(words))
    thinking, answer, must = SPELLED[language]
    question = loosen(rng, question, language)
    return Sample("out_of_range", question, thinking, answer, language, (must,), problem=wording)


def generate(rng: random.Random, split: Split, task: str | None = None) -> Sample:
    """Return one sample of `task`: "refusal" or "out_of_range", random if None."""
    task = task or ("refusal" if rng.random() < 0.65 else "out_of_range")
    language: Language = "en" if rng.random() < 0.62 else "id"
    if task == "refusal":
        return unknown(rng, split, language)
    return rng.choices((too_long, not_trained, spelled), (50, 38, 12))[0](rng, split, language)
