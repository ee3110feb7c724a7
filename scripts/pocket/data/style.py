"""Small variations that make typed questions less uniform, and system prompts."""

from __future__ import annotations

import random

from scripts.pocket.data.sample import Language

OPENINGS: dict[Language, tuple[str, ...]] = {
    "en": ("Hi, ", "Hello! ", "Hey, ", "Quick question: ", "Please tell me: ", "Question: ", "Ok, ", "One more thing: ",
           "So, ", "I have a question. ", "Hmm, "),
    "id": ("Halo, ", "Hai! ", "Tanya: ", "Mau tanya, ", "Pertanyaan: ", "Ok, ", "Jadi, ", "Saya mau tanya: "),
}  # fmt: skip
ENDINGS: dict[Language, tuple[str, ...]] = {
    "en": (" please", " Thanks!", " Keep it short.", " Thank you.", " In one sentence.", " Be brief."),
    "id": (" ya", " Terima kasih!", " Singkat saja.", " Tolong ya.", " dong"),
}

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


def loosen(rng: random.Random, question: str, language: Language) -> str:
    """Return the question with a random opening, ending, case or punctuation change, or as it is."""
    style = rng.random()
    if style < 0.12:
        question = question.lower()
    elif style < 0.22:
        question = question.rstrip("?.! ") or question
    elif style < 0.3:
        question = rng.choice(OPENINGS[language]) + question
    elif style < 0.36:
        question = question + rng.choice(ENDINGS[language])
    elif style < 0.41:
        question = question.upper()
    if rng.random() < 0.04:
        question = with_typo(rng, question)
    return question


def with_typo(rng: random.Random, text: str) -> str:
    """Return the text with two neighbouring letters swapped, as fast typing does."""
    places = [i for i in range(1, len(text) - 2) if text[i : i + 2].isalpha() and text[i : i + 2].isascii()]
    if not places:
        return text
    i = rng.choice(places)
    return text[:i] + text[i + 1] + text[i] + text[i + 2 :]


def system_prompt(rng: random.Random) -> str:
    """Return one of some thousand system prompts."""
    if rng.random() < 0.2:
        return rng.choice(INDONESIAN_SYSTEM)
    if rng.random() < 0.25:
        return rng.choice(("You are a helpful assistant.", "You are Qwen, a helpful assistant.", "Answer briefly."))
    return f"You are a {rng.choice(TRAITS)} {rng.choice(ROLES)}. {rng.choice(RULES)}".strip()
