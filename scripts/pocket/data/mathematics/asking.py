"""Questions about worked problems: wordings, small variations of typing, and system prompts."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from typing import Any

from scripts.pocket.data.mathematics.work import Work
from scripts.pocket.data.sample import Language, Split, pick_wording
from scripts.pocket.data.tables import read_file

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
STEPS_PROMPTS = (
    STEPS_PROMPT, r"Think step by step and put the final answer in \boxed{}.", "You are a helpful assistant.",
    r"Reason step by step. Your final answer goes within \boxed{}.", "You are a patient mathematics tutor.",
    "Show every step.", "You are a helpful mathematics teacher. Show your work.", "Solve without a program.",
    r"Jelaskan langkah demi langkah dan tulis jawaban akhir di dalam \boxed{}.", "Anda adalah guru matematika.",
    "Explain each step to a student.", "Jawab dengan langkah-langkah yang jelas.", "You are a math expert.",
    "Work carefully, one step at a time.", "Do not write code. Show the steps.",
    "You solve problems for students, with short and clear steps.", "Be brief and correct.", COURSE_PROMPT,
)  # fmt: skip
PROGRAM_PROMPTS = (
    PROGRAM_PROMPT, r"Solve the problem with a Python program, and put your final answer within \boxed{}.",
    "Please use programs to solve the problem.", "Write a Python program that computes the answer.",
    r"Please integrate reasoning with programs to solve the problem, and put the final answer in \boxed{}.",
    "Answer with a Python program.", "Use Python to compute the result.", "Solve it by writing code.",
    "Write a short program in Python for each problem.", "Use a program to find the answer.",
    r"Selesaikan soal dengan program Python dan tulis jawaban akhir di dalam \boxed{}.",
    "Jawab dengan program Python.", "Gunakan program untuk menghitung jawabannya.",
    "Integrate programs into your reasoning.", "You are a tutor who solves problems with Python programs.",
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
    """Return the wordings by language and kind of problem."""
    return read_file(Path(__file__).with_name("wordings.yaml"))


@cache
def questions(kind: str, language: Language) -> tuple[str, ...]:
    """Return all wordings of one kind of problem: nouns in frames, then whole questions."""
    table = tables()[language]
    frames = [number(frame, table[kind].get("plural", False)) for frame in table["frames"]]
    framed = [frame.replace("{noun}", noun) for noun in table[kind]["nouns"] for frame in frames]
    return (*framed, *(whole for whole in table[kind]["whole"] if whole not in framed))


def number(frame: str, plural: bool) -> str:
    """Return the frame with its verb in the plural if what is asked for is plural."""
    return frame.replace("What is", "What are").replace("what's", "what are") if plural else frame


def wording(rng: random.Random, kind: str, language: Language, split: Split) -> str:
    """Return a wording of the split; framed and whole ones are drawn equally often."""
    table = tables()[language]
    course = table[kind].get("course")
    if course and split == "train" and rng.random() < 0.2:
        return str(rng.choice(course))
    every = questions(kind, language)
    framed = len(table[kind]["nouns"]) * len(table["frames"])
    return pick_wording(rng, every[:framed] if framed and rng.random() < 0.5 else every[framed:], split)


def ask(rng: random.Random, work: Work, language: Language, split: Split) -> str:
    """Return a question about the work."""
    text = wording(rng, work.kind, language, split)
    question = text.format(**work.shown)
    if work.shown.get("n") == "1":
        for many, one in ((" 1 years", " 1 year"), (" 1 increases", " 1 increase"), (" 1 times", " once")):
            question = question.replace(many, one)
    style = rng.random()
    if "\n" in text:
        return question
    if style < 0.06:
        question = rng.choice(OPENINGS[language]) + question
    elif style < 0.12:
        question += rng.choice(ENDINGS[language])
    elif style < 0.2:
        question = question.rstrip("?.") or question
    elif style < 0.24:
        question = question[0].lower() + question[1:]
    elif style < 0.26:
        question = question.lower()
    if rng.random() < 0.08:
        question = question.replace("% ", " % ") if rng.random() < 0.5 else question.replace("$", "")
    return question


def system(rng: random.Random, split: Split, program: bool) -> str | None:
    """Return a system prompt that asks for a program, or one that does not, or none."""
    if program:
        return PROGRAM_PROMPT if rng.random() < 0.45 else pick_wording(rng, PROGRAM_PROMPTS, split)
    style = rng.random()
    if style < 0.45:
        return None
    return STEPS_PROMPT if style < 0.75 else pick_wording(rng, STEPS_PROMPTS, split)
