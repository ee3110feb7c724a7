"""Requests for a program: which names it has, in which language and in which words it is asked for."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from scripts.pocket.data.code import phrases
from scripts.pocket.data.code.phrases import AND, fill, inflect, noun_of
from scripts.pocket.data.code.program import Program, identifiers
from scripts.pocket.data.code.synonyms import reword
from scripts.pocket.data.code.wordings import of_kind
from scripts.pocket.data.sample import Language, Split
from scripts.pocket.data.style import with_typo

PLAIN = of_kind("plain", phrases.PLAIN)
NAMED = of_kind("named", phrases.NAMED)
NOUN = of_kind("noun", phrases.NOUN)
KEYWORDS = of_kind("keywords", phrases.KEYWORDS)
CLASS = of_kind("class", phrases.CLASS)
NAME_CLAUSES = of_kind("name_clauses", phrases.NAME_CLAUSES)
PARAM_CLAUSES = of_kind("param_clauses", phrases.PARAM_CLAUSES)

SHORT_NAMES = tuple(
    "foo bar f g solve helper calc my_function process run task func h do_it baz answer main_part work my_func "
    "solution transform fn go a b c d e j k p q r s t u v y z f1 f2 fun func1 test1 total result score thing compute "
    "convert filtered changed output action handle magic trick step job tool util mine reply final hitung cari fungsi "
    "jumlah hasil fungsiku proses ubah cek total_up qux quux spam eggs ham alpha beta gamma delta func_a part_one q1 "
    "exercise ex1 task_two problem3 my_sum addUp getIt doWork myFunc calcValue findAll".split()
)
FIRST = tuple(
    "count get find make do compute calc check build take show pick handle process my fast simple new best apply run "
    "use list load sum total max min mean first last even odd big small square double long short sorted only select "
    "keep drop filter map reduce collect gather join split turn return give add sub mul is has to from all some no "
    "old good tiny quick smart clean safe nice real main extra super hitung cari ambil buat ubah cek jumlah".split()
)
SECOND = tuple(
    "things values items result stuff numbers data list all it output total answer thing score words text parts "
    "entries points names rows sum count max min mean average product evens odds squares doubles lengths letters "
    "digits vowels chars string strings nums ints elements series prices scores ages marks grades temps weights "
    "orders sales lines tokens keys pairs groups average_value number word value index size angka kata huruf data2 "
    "v2 now here up down out only fast please".split()
)
PARAMS = ("values", "nums", "xs", "data", "items", "numbers", "lst", "elements", "arr", "scores", "words", "strings",
          "names", "text", "s", "word", "line", "n", "num", "number", "value", "m", "k", "p", "q", "left", "right",
          "first", "second", "start", "stop", "my_list", "table", "info", "source", "amount", "a", "b", "d", "t", "v",
          "y", "z", "prices", "ages", "lines", "sequence", "series", "seq", "array", "vals", "things", "limit", "size",
          "given", "input_list", "tokens", "angka", "kata", "daftar", "nilai", "teks", "isi", "other",
          "points")  # fmt: skip
RESERVED = {"sum", "max", "min", "list", "map", "filter", "reversed", "sorted", "all", "any", "abs", "len", "range",
            "set", "dict", "str", "int", "return", "from", "is", "in"}  # fmt: skip
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


QUOTED_CAPITAL = re.compile(r'"[^"]*[A-Z]')


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
    used = identifiers(program.code) | RESERVED
    while True:
        name = invented_name(rng)
        if name not in used:
            return name


def invented_name(rng: random.Random) -> str:
    """Return a name of one to four words that says little, so that it has to be copied."""
    style = rng.random()
    if style < 0.3:
        return rng.choice(SHORT_NAMES)
    if style < 0.4:
        return rng.choice(SECOND)
    words = [rng.choice(FIRST), *([rng.choice(SECOND)] if style < 0.8 else rng.choices((*FIRST, *SECOND), k=2))]
    if style > 0.93:
        words.append(rng.choice(SECOND))
    return "_".join(words)


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
    names_it, name = rng.random() < 0.62, program.name
    if names_it and rng.random() < 0.85:
        name = new_name(rng, program)
    params = new_params(rng, program, name) if program.params and rng.random() < 0.25 else {}
    question, clauses = _worded(rng, program, language, split, name if names_it else "", list(params.values()))
    if program.clause[0]:
        clauses.append(program.clause[0] if language == "en" else program.clause[1])
    if program.is_class:
        question, *clauses = (as_class(text) for text in (question, *clauses))
    question = dressed(rng, question, clauses, language)
    if rng.random() < 0.1 and not program.is_class and name.islower() and not QUOTED_CAPITAL.search(question):
        question = question.lower()
    return Request(question, language, program.renamed(name, params), names_it)


def _worded(
    rng: random.Random, program: Program, language: Language, split: Split, name: str, params: list[str]
) -> tuple[str, list[str]]:
    """Return (question, clauses about names); no name means that the request leaves it open."""
    phrase, clauses = phrase_of(rng, program, language), []
    in_signature = bool(name and params) and rng.random() < 0.45
    shown = f"{name}({', '.join(params)})" if in_signature else name
    if name and not program.is_class and rng.random() < 0.6:
        question = fill(NAMED[language].draw(rng, split), phrase, language, shown)
    else:
        shapes = CLASS if program.is_class else NOUN if rng.random() < 0.25 else PLAIN
        if shapes is not PLAIN and not noun_of(phrase, language):
            shapes = PLAIN
        if shapes is PLAIN and rng.random() < 0.1:
            shapes, phrase = KEYWORDS, program.name.replace("_", " ")
        question = fill(shapes[language].draw(rng, split), phrase, language)
        if name:
            clauses.append(NAME_CLAUSES[language].draw(rng, split).format(n=shown))
    if params and not in_signature:
        listed = AND[language].join(params) if len(params) < 3 else ", ".join(params)
        clause = PARAM_CLAUSES[language].draw(rng, split).format(p=listed)
        clauses.append(plural(clause, language) if len(params) > 1 else clause)
    return question, clauses


def as_class(text: str) -> str:
    """Return a sentence about a function as one about a class."""
    for old, new in AS_CLASS:
        text = text.replace(old, new)
    return text


AS_CLASS = (("function", "class"), ("Function", "Class"), ("fungsi", "kelas"), ("Fungsi", "Kelas"), ("def ", "class "))
PLURAL_INPUT = re.compile(r"\b(parameter|argument|input|variable)(?=(?: names?)? (?:is|has|are)\b)")
PLURAL_VERB = re.compile(r"\b((?:parameter|argument|input|variable)s) (is|has)\b")


def plural(clause: str, language: Language) -> str:
    """Return an English clause about one parameter as one about several."""
    if language == "id":
        return clause
    clause = PLURAL_VERB.sub(lambda m: f"{m[1]} {'are' if m[2] == 'is' else 'have'}", PLURAL_INPUT.sub(r"\1s", clause))
    for old, new in (("argument should be", "arguments should be"), ("the parameter ", "the parameters "),
                     ("as the parameter.", "as parameters."), ("parameter must be", "parameters must be"),
                     ("parameter should be", "parameters should be"), ("the input ", "the inputs "),
                     ("input should be", "inputs should be"), ("the argument ", "the arguments "),
                     ("the variable ", "the variables "), ("Parameter:", "Parameters:")):  # fmt: skip
        clause = clause.replace(old, new)
    return clause


def dressed(rng: random.Random, question: str, clauses: list[str], language: Language) -> str:
    """Return the question with its clauses and, at random, a greeting, a closing or less punctuation."""
    rng.shuffle(clauses)
    parts = [question, *clauses]
    if clauses and rng.random() < 0.15:  # a clause stands first
        parts = [clauses[0], question, *clauses[1:]]
    question = " ".join([*(part if part[-1] in ".?!" else f"{part}." for part in parts[:-1]), parts[-1]])
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
