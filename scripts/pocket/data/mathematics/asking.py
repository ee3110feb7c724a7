"""Questions about worked problems: wordings, small variations of typing, and system prompts."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from scripts.pocket.data.mathematics.splitting import is_held_out_text, pick
from scripts.pocket.data.mathematics.work import Work
from scripts.pocket.data.sample import Language, Split
from scripts.pocket.data.tables import read_file

PART = re.compile(r"<(\w+)>")
SENTENCE = re.compile(r"(?<=[a-z%?][.?] )[a-z](?=[a-z])")
WORD_FIRST = re.compile(r"[a-z]{2,}|a ")
ONCE = ((" 1 years", " 1 year"), (" 1 increases", " 1 increase"), (" 1 times", " once"))
AMOUNT_KINDS = ("percent_of", "increase", "decrease", "what_percent", "compound", "decay", "simple")
FIXED_SHARE = 0.3  # of the questions: one of wordings.yaml, not put together from parts
COURSE_SHARE = 0.2

# Qwen2.5-Math is asked for steps or for a program by these two system prompts; the others say the same.
STEPS_PROMPT = r"Please reason step by step, and put your final answer within \boxed{}."
PROGRAM_PROMPT = (
    r"Please integrate natural language reasoning with programs to solve the problem above, "
    r"and put your final answer within \boxed{}."
)
COURSE_PROMPT = (  # the system prompt of the course's example about a company that grows
    "You are Qwen, a helpful AI assistant. When solving complex problems, break down your reasoning into clear steps."
    "\n\nInstructions:\n1. Analyze the problem carefully\n2. Identify key components and relationships\n"
    "3. Work through the solution step by step\n4. Verify your answer\n5. Provide a clear final answer"
)
STEPS_PROMPTS: tuple[str, ...] = (
    STEPS_PROMPT, r"Think step by step and put the final answer in \boxed{}.", "You are a helpful assistant.",
    r"Reason step by step. Your final answer goes within \boxed{}.", "You are a patient mathematics tutor.",
    "Show every step.", "You are a helpful mathematics teacher. Show your work.", "Solve without a program.",
    r"Jelaskan langkah demi langkah dan tulis jawaban akhir di dalam \boxed{}.", "Anda adalah guru matematika.",
    "Explain each step to a student.", "Jawab dengan langkah-langkah yang jelas.", "You are a math expert.",
    "Work carefully, one step at a time.", "Do not write code. Show the steps.",
    "You solve problems for students, with short and clear steps.", "Be brief and correct.", COURSE_PROMPT,
)  # fmt: skip
PROGRAM_PROMPTS: tuple[str, ...] = (
    PROGRAM_PROMPT, r"Solve the problem with a Python program, and put your final answer within \boxed{}.",
    "Please use programs to solve the problem.", "Write a Python program that computes the answer.",
    r"Please integrate reasoning with programs to solve the problem, and put the final answer in \boxed{}.",
    "Answer with a Python program.", "Use Python to compute the result.", "Solve it by writing code.",
    "Write a short program in Python for each problem.", "Use a program to find the answer.",
    r"Selesaikan soal dengan program Python dan tulis jawaban akhir di dalam \boxed{}.",
    "Jawab dengan program Python.", "Gunakan program untuk menghitung jawabannya.",
    "Integrate programs into your reasoning.", "You are a tutor who solves problems with Python programs.",
)  # fmt: skip
# More of both kinds from parts: what a program is called, and that none is wanted, in many words.
PROGRAM_PROMPTS += tuple(
    f"{start}{act} {what}{end}"
    for start in ("", "You are a helpful assistant. ", "You are a mathematics tutor. ")
    for act in ("Write", "Use", "Solve the problem with", "Answer with", "Compute the answer with", "Reply with")
    for what in ("a Python program", "a program", "Python code", "a short program", "code", "a small Python script")
    for end in (".", r" and put the final answer in \boxed{}.", " that prints the result.", " for each problem.")
)
STEPS_PROMPTS += tuple(
    f"{start}{act} {what}.{end}"
    for start in ("", "You are a helpful assistant. ")
    for act in ("Do not use", "Do not write", "Solve without", "Answer without", "Work without", "Never use")
    for what in ("a program", "code", "Python", "a Python program")
    for end in ("", " Show the steps.", r" Put your final answer within \boxed{}.")
)
STEPS_PROMPTS += tuple(
    f"{start}{end}"
    for start in (
        "You are a helpful assistant.", "You are a patient tutor.", "You are a mathematics teacher.", "Be correct.",
        "You are an expert in mathematics.", "You help students with homework.", "Solve the problem.", "Be careful.",
        "Anda adalah guru matematika.", "Anda adalah asisten yang membantu.", "Bantu siswa dengan soal.",
    )
    for end in (
        "", " Show every step.", " Reason step by step.", " Explain each step.", " Show your work.",
        r" Put your final answer within \boxed{}.", " Jawab dengan langkah-langkah.", " Tulis setiap langkah.",
    )
)  # fmt: skip
OPENINGS: dict[Language, tuple[str, ...]] = {
    "en": ("Hi, ", "Hello! ", "Question: ", "Ok, ", "Problem: ", "Please help: ", "Homework: ", "Next one: "),
    "id": ("Halo, ", "Soal: ", "Ok, ", "Tolong bantu: ", "PR saya: ", "Berikutnya: ", "Latihan: "),
}
ENDINGS: dict[Language, tuple[str, ...]] = {
    "en": (" please", " Thanks!", " Show your work.", " Step by step.", " Please show the steps."),
    "id": (" ya", " Terima kasih!", " Tunjukkan langkahnya.", " Langkah demi langkah.", " Tolong ya."),
}


def tables() -> Any:
    """Return the fixed wordings by language and kind of problem."""
    return read_file(Path(__file__).with_name("wordings.yaml"))


def forms() -> Any:
    """Return the parts that questions are put together from, by language and kind of problem."""
    return read_file(Path(__file__).with_name("forms.yaml"))


@cache
def parts(kind: str, language: Language) -> dict[str, list[str]]:
    """Return the options of each part: those of the language, then those of the kind."""
    return {**forms()[language]["parts"], **forms()[language][kind].get("parts", {})}


@cache
def questions(kind: str, language: Language) -> tuple[str, ...]:
    """Return the fixed wordings of one kind of problem: nouns in frames, then whole questions."""
    table = tables()[language]
    if kind not in table:
        return ()
    frames = [number(frame, table[kind].get("plural", False)) for frame in table["frames"]]
    framed = [frame.replace("{noun}", noun) for noun in table[kind]["nouns"] for frame in frames]
    return tuple(dict.fromkeys((*framed, *table[kind]["whole"])))


def number(frame: str, plural: bool) -> str:
    """Return the frame with its verb in the plural if what is asked for is plural."""
    return frame.replace("What is", "What are").replace("what's", "what are") if plural else frame


@cache
def known_texts(kind: str, language: Language) -> tuple[str, ...]:
    """Return the forms of a kind and the parts they use: all their words are in training, in other combinations."""
    options, texts = parts(kind, language), list[str](forms()[language][kind]["forms"])
    for text in texts:  # grows while it is read
        texts += [option for name in PART.findall(text) for option in options[name] if option not in texts]
    return tuple(texts)


def compose(rng: random.Random, form: str, options: Mapping[str, Sequence[str]]) -> str:
    """Return the form with each <part> replaced by one of its options, with a capital letter in front."""
    while PART.search(form):
        form = PART.sub(lambda match: rng.choice(options[match[1]]), form)
    form = SENTENCE.sub(lambda match: match[0].upper(), form)
    return form[0].upper() + form[1:] if WORD_FIRST.match(form) else form


def wording(rng: random.Random, kind: str, language: Language, split: Split) -> str:
    """Return a wording of the split: mostly put together from parts, else a fixed one."""
    course = tables()[language].get(kind, {}).get("course")
    if course and split == "train" and rng.random() < COURSE_SHARE:
        return str(rng.choice(course))
    form, options, fixed = forms()[language][kind]["forms"], parts(kind, language), questions(kind, language)
    while True:
        if fixed and rng.random() < FIXED_SHARE:
            text = rng.choice(fixed)
        else:
            text = compose(rng, rng.choice(form), options)
        if is_held_out_text(text, fixed, known_texts(kind, language)) == (split == "test"):
            return text


def thousands(rng: random.Random, work: Work, language: Language) -> dict[str, str]:
    """Return what fills the wording, long amounts sometimes with a separator: 12,000 or, in Indonesian, 12.000."""
    if work.kind not in AMOUNT_KINDS or rng.random() > 0.4:
        return dict(work.shown)
    mark = "," if language == "en" else "."
    long = {name for name in "ab" if len(work.shown.get(name, "")) > 3}
    return {name: f"{int(text):,}".replace(",", mark) if name in long else text for name, text in work.shown.items()}


def ask(rng: random.Random, work: Work, language: Language, split: Split) -> str:
    """Return a question about the work."""
    text = wording(rng, work.kind, language, split)
    question = text.format(**thousands(rng, work, language))
    if text in tables()[language].get(work.kind, {}).get("course", ()):
        return question
    if work.shown.get("n") == "1":
        for many, one in ONCE:
            question = question.replace(many, one)
    question = varied(rng, question, language)
    if rng.random() < 0.08:
        question = question.replace("% ", " % ") if rng.random() < 0.5 else question.replace("$", "")
    return question


def varied(rng: random.Random, question: str, language: Language) -> str:
    """Return the question with an opening or ending, without its last mark, in lower case, or as it is."""
    style = rng.random()
    if style < 0.06:
        return rng.choice(OPENINGS[language]) + question
    if style < 0.12:
        return question + rng.choice(ENDINGS[language])
    if style < 0.2:
        return question.rstrip("?.") or question
    if style < 0.28:
        return question[0].lower() + question[1:]
    if style < 0.31:
        return question.lower()
    return question


def system(rng: random.Random, split: Split, program: bool) -> str | None:
    """Return a system prompt that asks for a program, or one that does not, or none."""
    if program:
        return PROGRAM_PROMPT if rng.random() < 0.45 else pick(rng, PROGRAM_PROMPTS, split)
    style = rng.random()
    if style < 0.45:
        return None
    return STEPS_PROMPT if style < 0.75 else pick(rng, STEPS_PROMPTS, split)
