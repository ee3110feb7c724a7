"""Requests for a program: which names it has, in which language and in which words it is asked for."""

from __future__ import annotations

import random
from dataclasses import dataclass

from scripts.pocket.data.code.phrases import (
    AND,
    CLASS,
    KEYWORDS,
    NAME_CLAUSES,
    NAMED,
    NOUN,
    PARAM_CLAUSES,
    PLAIN,
    fill,
    inflect,
    noun_of,
)
from scripts.pocket.data.code.program import Program, identifiers
from scripts.pocket.data.code.synonyms import reword
from scripts.pocket.data.sample import Language, Split, pick_wording
from scripts.pocket.data.style import with_typo

SHORT_NAMES = ("foo", "bar", "f", "g", "solve", "helper", "calc", "my_function", "process", "run", "task", "func", "h",
               "do_it", "baz", "answer", "main_part", "work", "my_func", "solution", "transform",
               "fn", "go")  # fmt: skip
FIRST = ("count", "get", "find", "make", "do", "compute", "calc", "check", "build", "take", "show", "pick", "handle",
         "process", "my", "fast", "simple", "new", "best", "apply", "run", "use", "list", "load")  # fmt: skip
SECOND = ("things", "values", "items", "result", "stuff", "numbers", "data", "list", "all", "it", "output", "total",
          "answer", "thing", "score", "words", "text", "parts", "entries", "points", "names", "rows")  # fmt: skip
PARAMS = ("values", "nums", "xs", "data", "items", "numbers", "lst", "elements", "arr", "scores", "words", "strings",
          "names", "text", "s", "word", "line", "n", "num", "number", "value", "m", "k", "p", "q", "left", "right",
          "first", "second", "start", "stop", "my_list", "table", "info", "source", "amount")  # fmt: skip
CLASS_NAMES = ("MyStack", "Box", "Simple", "Pile", "Holder", "Thing", "Store", "MyClass", "Basic", "Item", "Unit",
               "Helper", "Manager", "Machine")  # fmt: skip
GREETING: dict[Language, tuple[str, ...]] = {
    "en": ("Hi, ", "Hello! ", "Hey, ", "Ok, ", "Next: ", "Now: ", "Question: ", "Please help. "),
    "id": ("Halo, ", "Hai! ", "Ok, ", "Tolong, ", "Mau tanya: ", "Lalu: "),
}
CLOSING: dict[Language, tuple[str, ...]] = {
    "en": (" Thanks!", " Thank you.", " Only the code.", " No explanation.", " Keep it simple."),
    "id": (" Terima kasih!", " Kodenya saja.", " Tanpa penjelasan.", " Yang sederhana saja."),
}


@dataclass(frozen=True)
class Request:
    """A question, the program that answers it, and whether the question says its name."""

    question: str
    language: Language
    program: Program
    named: bool


def language_of(rng: random.Random) -> Language:
    """Return "en" or "id"."""
    return "en" if rng.random() < 0.65 else "id"


def new_name(rng: random.Random, program: Program) -> str:
    """Return a random function or class name that the program does not use."""
    if program.is_class:
        return rng.choice(CLASS_NAMES)
    used = identifiers(program.code)
    while True:
        name = rng.choice(SHORT_NAMES) if rng.random() < 0.35 else f"{rng.choice(FIRST)}_{rng.choice(SECOND)}"
        if name not in used:
            return name


def new_params(rng: random.Random, program: Program, name: str) -> dict[str, str]:
    """Return other parameter names that do not clash with anything in the program."""
    used = identifiers(program.code) | {name}
    free = [param for param in PARAMS if param not in used]
    return dict(zip((old for old, _ in program.params), rng.sample(free, len(program.params)), strict=True))


def phrase_of(rng: random.Random, program: Program, language: Language) -> str:
    """Return a phrase that says what the program does, in words that vary."""
    phrases = program.english if language == "en" else program.indonesian
    phrase = reword(rng, rng.choice(phrases), language)
    return with_typo(rng, phrase) if rng.random() < 0.02 and "*" not in phrase else phrase


def summary(program: Program, language: Language, form: str = "does") -> str:
    """Return the canonical phrase, in English with its verbs in the given form."""
    return inflect(program.english[0], form) if language == "en" else program.indonesian[0]


def request(rng: random.Random, program: Program, split: Split) -> Request:
    """Return a request for the program, with or without the names that it must have."""
    language = language_of(rng)
    names_it, name = rng.random() < 0.45, program.name
    if names_it and rng.random() < 0.8:
        name = new_name(rng, program)
    params = new_params(rng, program, name) if program.params and rng.random() < 0.25 else {}
    question, clauses = _worded(rng, program, language, split, name if names_it else "", list(params.values()))
    if program.clause[0]:
        clauses.append(program.clause[0] if language == "en" else program.clause[1])
    if program.is_class:
        question, *clauses = (as_class(text) for text in (question, *clauses))
    return Request(dressed(rng, question, clauses, language), language, program.renamed(name, params), names_it)


def _worded(
    rng: random.Random, program: Program, language: Language, split: Split, name: str, params: list[str]
) -> tuple[str, list[str]]:
    """Return (question, clauses about names); no name means that the request leaves it open."""
    phrase, clauses = phrase_of(rng, program, language), []
    in_signature = bool(name and params) and rng.random() < 0.45
    shown = f"{name}({', '.join(params)})" if in_signature else name
    if name and not program.is_class and rng.random() < 0.55:
        question = fill(pick_wording(rng, NAMED[language], split), phrase, language, shown)
    else:
        shapes = CLASS if program.is_class else NOUN if rng.random() < 0.25 else PLAIN
        if shapes is not PLAIN and not noun_of(phrase, language):
            shapes = PLAIN
        if shapes is PLAIN and rng.random() < 0.08:
            shapes, phrase = KEYWORDS, program.name.replace("_", " ")
        question = fill(pick_wording(rng, shapes[language], split), phrase, language)
        if name:
            clauses.append(pick_wording(rng, NAME_CLAUSES[language], split).format(n=shown))
    if params and not in_signature:
        listed = AND[language].join(params) if len(params) < 3 else ", ".join(params)
        clause = pick_wording(rng, PARAM_CLAUSES[language], split).format(p=listed)
        clauses.append(plural(clause, language) if len(params) > 1 else clause)
    return question, clauses


def as_class(text: str) -> str:
    """Return a sentence about a function as one about a class."""
    for old, new in (("function", "class"), ("Function", "Class"), ("fungsi", "kelas"), ("Fungsi", "Kelas")):
        text = text.replace(old, new)
    return text


def plural(clause: str, language: Language) -> str:
    """Return an English clause about one parameter as one about several."""
    if language == "id":
        return clause
    for old, new in (("parameter is", "parameters are"), ("argument should be", "arguments should be"),
                     ("input is", "inputs are"), ("the parameter ", "the parameters "),
                     ("as the parameter.", "as parameters."),
                     ("Parameter:", "Parameters:")):  # fmt: skip
        clause = clause.replace(old, new)
    return clause


def dressed(rng: random.Random, question: str, clauses: list[str], language: Language) -> str:
    """Return the question with its clauses and, at random, a greeting, a closing or less punctuation."""
    if clauses and question[-1] not in ".?":
        question += "."
    rng.shuffle(clauses)
    question = " ".join([question, *clauses])
    style = rng.random()
    if style < 0.12:
        question = question.rstrip("?.")
    elif style < 0.2:
        greeting = rng.choice(GREETING[language])
        question = greeting + (question[0].lower() if greeting[-2] in ",:" else question[0]) + question[1:]
    elif style < 0.27:
        question += ("" if question[-1] in ".?" else ".") + rng.choice(CLOSING[language])
    if rng.random() < 0.2:
        question = question[0].lower() + question[1:]
    return question
