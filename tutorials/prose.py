"""The texts of the lessons, per language, as the interface's words take them."""
from __future__ import annotations

from pathlib import Path

import yaml

from playground.discover import discover
from playground.text.phrases import flat
from playground.ui.words import load_strings
from tutorials.lesson import Lesson

FOLDER = Path(__file__).parent
LESSONS = FOLDER / "lessons"
LANGUAGES = ("en", "id")


def lessons() -> tuple[Lesson, ...]:
    """Every lesson, in the order of their files."""
    return tuple(discover("tutorials.lessons", "LESSON"))


def prose(lesson: Lesson, language: str, folder: Path = LESSONS) -> dict[str, str]:
    """Key to text of one lesson. Raises ValueError naming the file and the keys that are missing or not known."""
    path = folder / f"{lesson.id}.{language}.yaml"
    if not path.is_file():
        raise ValueError(f"{path.name} is missing; the file of this lesson must be called {lesson.id}.py")
    texts = flat(yaml.safe_load(path.read_text("utf-8")) or {})
    expected = set(lesson.keys())
    problems = [f"{word} {sorted(keys)}" for word, keys in
                (("lacks", expected - set(texts)), ("does not need", set(texts) - expected)) if keys]
    if problems:
        raise ValueError(f"{path.name} {' and '.join(problems)}")
    return texts


def key(lesson: Lesson, name: str) -> str:
    """The name of a lesson's text among the interface's words: "lesson.l01_first_conversation.send.text"."""
    return f"lesson.{lesson.id}.{name}"


def texts() -> dict[str, dict[str, str]]:
    """Everything the lessons tab says: its own words and the prose of all lessons.

    A block's title and text also come as one Markdown text under "<block>.shown", with the title as a heading.
    """
    words = load_strings(FOLDER / "strings")
    for language in LANGUAGES:
        for lesson in lessons():
            said = prose(lesson, language)
            shown = {f"{b.id}.shown": f"### {said[f'{b.id}.title']}\n\n{said[f'{b.id}.text']}" for b in lesson.blocks}
            words[language] |= {key(lesson, name): text for name, text in {**said, **shown}.items()}
            words[language][key(lesson, "heading")] = f"## {said['title']}"
    return words
