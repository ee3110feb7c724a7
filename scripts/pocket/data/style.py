"""Small variations that make typed questions less uniform, and system prompts."""

from __future__ import annotations

import itertools
import random
import re
from functools import cache

from scripts.pocket.data.sample import Language

OPENINGS: dict[Language, tuple[str, ...]] = {
    "en": ("Hi, ", "Hello! ", "Hey, ", "Quick question: ", "Please tell me: ", "Question: ", "Ok, ", "One more thing: ",
           "So, ", "I have a question. ", "Hmm, ", "Hi there, ", "Sorry, ", "Well, ", "Now, ", "And ", "Please, ",
           "Dear model, ", "Hey bot, ", "Hello again. ", "Tell me, ", "Excuse me, ", "Thanks. ", "I was wondering: ",
           "One question: ", "Hey you, ", "Alright, ", "Next question: ", "Just asking: ", "By the way, ", "Oh, "),
    "id": ("Halo, ", "Hai! ", "Tanya: ", "Mau tanya, ", "Pertanyaan: ", "Ok, ", "Jadi, ", "Saya mau tanya: ",
           "Permisi, ", "Eh, ", "Kak, ", "Tolong, ", "Maaf, ", "Oh ya, ", "Terus, ", "Nah, ", "Hai bot, ",
           "Saya ingin bertanya. ", "Satu pertanyaan: ", "Coba jawab: ", "Hmm, ", "Min, ", "Dan "),
}  # fmt: skip
ENDINGS: dict[Language, tuple[str, ...]] = {
    "en": (" please", " Thanks!", " Keep it short.", " Thank you.", " In one sentence.", " Be brief.", " :)", " thx",
           " my friend", " Thanks in advance.", " please!", " buddy", " Short answer please.", " today", " then"),
    "id": (" ya", " Terima kasih!", " Singkat saja.", " Tolong ya.", " dong", " sih", " kak", " makasih", " :)", " deh",
           " Jawab singkat."),
}  # fmt: skip

ROLES = (
    "assistant", "tutor", "teacher", "study helper", "chatbot", "guide", "coach", "mathematics tutor", "AI assistant",
    "course assistant", "expert", "friend",
)  # fmt: skip
TRAITS = ("helpful", "kind", "concise", "friendly", "patient", "careful", "polite", "honest", "clear", "small")
RULES = (
    "", "", "Answer briefly.", "Answer in one sentence.", "Be honest about what you do not know.", "Keep it simple.",
    "Use short sentences.", "Think before you answer.", "Answer in the language of the user.", "Be polite.",
    "You help students learn about Qwen.", "Show your work.", "Do not guess.",
)  # fmt: skip
INDONESIAN_SYSTEM = (
    "Anda adalah asisten yang membantu.", "Kamu adalah tutor yang sabar.", "Jawab dengan singkat.",
    "Anda adalah asisten kursus tentang Qwen.", "Jawab dalam bahasa pengguna.", "Kamu adalah asisten yang jujur.",
    "Anda adalah guru matematika.", "Jawablah dengan sopan dan jelas.",
)  # fmt: skip


@cache
def pieces(pattern: str) -> tuple[tuple[str, ...], ...]:
    """Return the choices at each place of the pattern: "[Hi|Hey] you" has ("Hi", "Hey") and then (" you",)."""
    return tuple(
        tuple(part[1:-1].split("|")) if part.startswith("[") else (part,)
        for part in re.split(r"(\[[^\[\]]*\])", pattern)
        if part
    )


def varied(rng: random.Random, pattern: str) -> str:
    """Return one of the texts that the pattern stands for; "[a|b|]" means a, b or nothing."""
    return "".join(rng.choice(choices) for choices in pieces(pattern))


def expansions(pattern: str) -> list[str]:
    """Return all the texts that the pattern stands for."""
    return ["".join(parts) for parts in itertools.product(*pieces(pattern))]


def loosen(rng: random.Random, question: str, language: Language) -> str:
    """Return the question with a random opening, ending, case, punctuation or typing mistake, or as it is."""
    if rng.random() < 0.11:
        lower_first = question[1:2].islower() and not question.startswith("Qwen") and rng.random() < 0.7
        start = question[0].lower() + question[1:] if lower_first else question
        question = rng.choice(OPENINGS[language]) + start
    if rng.random() < 0.07:
        question = (question.rstrip("?.! ") if rng.random() < 0.4 else question) + rng.choice(ENDINGS[language])
    style = rng.random()
    if style < 0.14:
        question = question.lower()
    elif style < 0.22:
        question = question.lower().rstrip("?.! ") or question
    elif style < 0.31:
        question = question.rstrip("?.! ") or question
    elif style < 0.35:
        question = question.upper()
    elif style < 0.4:
        question = (question.rstrip("?.! ") or question) + rng.choice(("??", "!", "...", " ?", "?!", "!!", "."))
    elif style < 0.43:
        question = question.replace("'", "").replace(",", "")
    if rng.random() < 0.06:
        question = with_typo(rng, question)
    return question


def with_typo(rng: random.Random, text: str) -> str:
    """Return the text with two letters swapped, one lost or one doubled, as fast typing does."""
    places = [i for i in range(1, len(text) - 2) if text[i : i + 2].isalpha() and text[i : i + 2].isascii()]
    if len(places) < 4:
        return text
    i = rng.choice(places)
    middle = rng.choice((text[i + 1] + text[i], text[i + 1] + text[i], text[i + 1], text[i] * 2 + text[i + 1]))
    return text[:i] + middle + text[i + 2 :]


def system_prompt(rng: random.Random) -> str:
    """Return one of some thousand system prompts."""
    if rng.random() < 0.2:
        return rng.choice(INDONESIAN_SYSTEM)
    if rng.random() < 0.25:
        return rng.choice(("You are a helpful assistant.", "You are Qwen, a helpful assistant.", "Answer briefly."))
    return f"You are a {rng.choice(TRAITS)} {rng.choice(ROLES)}. {rng.choice(RULES)}".strip()
