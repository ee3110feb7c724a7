"""Requests in many wordings: verb forms, the shapes of requests, and clauses about names and parameters."""

from __future__ import annotations

import re
from functools import lru_cache

from scripts.pocket.data.sample import Language

# {do} is "return the sum", {does} "returns the sum", {doing} "returning the sum".
PLAIN: dict[Language, tuple[str, ...]] = {
    "en": (
        "Write a Python function that {does}.", "Write a function that {does}.", "Write a function to {do}.",
        "Give me a Python function that {does}.", "How do I {do} in Python?", "Can you write a function that {does}?",
        "I need a function that {does}.", "Create a function to {do}.", "Implement a function that {does}.",
        "Please write Python code to {do}.", "Python function to {do}", "How can I {do} in Python?",
        "Could you give me a function that {does}?", "Show me a function that {does}.",
        "Make a Python function that {does}.",
        "Help me write a function that {does}.", "Code a function that {does}.", "Function for {doing}",
        "I want to {do} in Python.", "{Do}.", "Define a function that {does}.", "Write code for {doing}.",
        "I'm looking for a function that {does}.", "What is a good way to {do} in Python?",
        "A function that {does}, please.",
        "Python code for {doing}", "Write me a function which {does}.", "Using Python, {do}.",
        "Write a small function to {do}.", "Could you code something that {does}?",
        "Let me have a function that {does}.", "My function should {do}. Write it.", "In Python, how to {do}?",
        "Show how to {do} in Python.", "Provide a Python function to {do}.",
        "Please give me code that {does}.", "I have to {do}. Write the function.", "def for {doing}",
        "Can you {do} in Python?", "Build a Python function to {do}.",
    ),
    "id": (
        "Buat fungsi Python yang {do}.", "Tulis fungsi yang {do}.", "Tulis fungsi Python untuk {do}.",
        "Buatkan fungsi untuk {do}.", "Bagaimana cara {do} di Python?", "Tolong buat fungsi yang {do}.",
        "Saya butuh fungsi yang {do}.", "Bisa buatkan fungsi Python untuk {do}?", "Fungsi Python untuk {do}",
        "Tolong tulis kode Python yang {do}.", "Buatlah fungsi untuk {do}.", "Kode Python untuk {do}",
        "Saya ingin {do} di Python.", "Tuliskan fungsi yang {do}.", "Bantu saya membuat fungsi yang {do}.",
        "Minta fungsi untuk {do}.", "Bagaimana menulis fungsi yang {do}?", "Coba buat fungsi yang {do}.",
        "Beri saya fungsi Python yang {do}.", "Tolong tuliskan fungsi untuk {do}.",
    ),
}  # fmt: skip
NAMED: dict[Language, tuple[str, ...]] = {
    "en": (
        "Write a function {n} that {does}.", "Write a Python function called {n} that {does}.",
        "Define {n} so that it {does}.", "Create a function named {n} that {does}.", "Implement {n}, which {does}.",
        "Write {n} to {do}.", "I need a function named {n} that {does}.", "Give me a function {n} to {do}.",
        "Can you write {n}, a function that {does}?", "Make a function called {n} to {do}.",
        "Please implement a function {n} that {does}.", "Write the function {n}. It {does}.",
        "Code a Python function named {n} which {does}.", "A function {n} that {does}, please.",
        "Please write a function named {n} that {does}.",
    ),
    "id": (
        "Buat fungsi {n} yang {do}.", "Tulis fungsi Python bernama {n} yang {do}.",
        "Buat fungsi dengan nama {n} untuk {do}.", "Tolong tulis fungsi {n} yang {do}.",
        "Buatkan fungsi bernama {n} untuk {do}.",
        "Saya butuh fungsi {n} untuk {do}.", "Tulis fungsi {n} untuk {do}.", "Definisikan fungsi {n} yang {do}.",
        "Bisa buatkan fungsi {n} yang {do}?", "Buatlah fungsi bernama {n} yang {do}.",
    ),
}  # fmt: skip
# Shapes around what comes back, for phrases such as "return the sum of a list".
NOUN: dict[Language, tuple[str, ...]] = {
    "en": ("I need {noun}.", "Give me {noun}.", "{Noun}, please.", "Python: {noun}", "How do I get {noun}?",
           "Code for {noun}.", "A function for {noun}.", "I want {noun}.", "Could you get me {noun}?",
           "{Noun} in Python?",
           "My function should give me {noun}.", "How can I find {noun}?", "Write code that gives {noun}.",
           "Tell me how to get {noun}.", "Function that outputs {noun}", "{Noun}", "What would give me {noun}?",
           "I would like to have {noun}.", "Can I have a function for {noun}?", "Write {noun} as a function."),
    "id": ("Saya butuh {noun}.", "Fungsi untuk {noun}", "Bagaimana mendapatkan {noun}?", "{Noun} di Python",
           "Kode untuk {noun}.", "Saya mau {noun}.", "Buat kode yang memberi {noun}.", "{Noun} dong.",
           "Aku ingin tahu {noun}.", "Beri saya {noun}."),
}  # fmt: skip
# Shapes around the few words of a function's name, as people type into a search box.
KEYWORDS: dict[Language, tuple[str, ...]] = {
    "en": ("python {noun}", "{noun} in python", "{noun} function", "{noun} python code", "code for {noun}", "{noun}",
           "function {noun}", "{noun} please", "def {noun}", "python function {noun}", "write {noun}", "{noun} code",
           "how to {noun}", "{noun} example", "a {noun} function"),
    "id": ("fungsi {noun}", "{noun} python", "kode {noun}", "buat {noun}", "{noun} di python", "tulis {noun}",
           "fungsi python {noun}", "kode python {noun}", "contoh {noun}", "tolong {noun}"),
}  # fmt: skip
CLASS: dict[Language, tuple[str, ...]] = {
    "en": ("Write {noun}.", "I need {noun}.", "Can you code {noun}?", "Give me {noun}.", "Implement {noun} in Python.",
           "Please write {noun}.", "{Noun}, please.", "Create {noun}.", "How do I write {noun} in Python?",
           "Show me {noun}.",
           "Python code for {noun}", "I want {noun}.", "Could you implement {noun}?", "Help me with {noun}.",
           "Code {noun}."),
    "id": ("Buat {noun}.", "Tulis {noun}.", "Tolong buat {noun}.", "Buatkan {noun} di Python.", "Saya butuh {noun}.",
           "Kode Python untuk {noun}.", "Bisa buatkan {noun}?", "Bagaimana cara menulis {noun}?", "Minta {noun}.",
           "Tolong tulis {noun}."),
}  # fmt: skip
NAME_CLAUSES: dict[Language, tuple[str, ...]] = {
    "en": ("Call it {n}.", "Name it {n}.", "The name should be {n}.", "The function is called {n}.", "Name: {n}",
           "Please call it {n}.", "Use the name {n}.", "It should be called {n}.", "The function name is {n}.",
           "Name the function {n}."),
    "id": ("Beri nama {n}.", "Namanya {n}.", "Nama fungsinya {n}.", "Gunakan nama {n}.", "Namakan fungsinya {n}.",
           "Nama: {n}"),
}  # fmt: skip
PARAM_CLAUSES: dict[Language, tuple[str, ...]] = {
    "en": ("The parameter is {p}.", "Call the parameter {p}.", "Use {p} as the parameter.", "It takes {p}.",
           "The parameter is called {p}.", "The argument should be named {p}.", "Parameter: {p}", "The input is {p}.",
           "Name the parameter {p}.", "It should take {p}."),
    "id": ("Parameternya {p}.", "Nama parameternya {p}.", "Gunakan parameter {p}.", "Parameter: {p}",
           "Gunakan {p} sebagai parameter.", "Fungsinya menerima {p}."),
}  # fmt: skip
AND: dict[Language, str] = {"en": " and ", "id": " dan "}

DOUBLED = {"get", "split", "put", "run", "zip", "trim", "strip", "map", "swap", "pad", "drop", "cut", "chop", "flip",
           "sum", "format", "output"}  # fmt: skip
NOT_MARKED = re.compile(r"^(\w+)")
MARKED = re.compile(r"\*(\w+)\*")


def third(verb: str) -> str:
    """Return the form of a verb after "it"."""
    if verb == "do":
        return "does"
    if re.search(r"(?:s|x|z|ch|sh)$", verb):
        return verb + "es"
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ies"
    return verb + "s"


def gerund(verb: str) -> str:
    """Return the form of a verb that ends in -ing."""
    if verb.endswith("e") and not verb.endswith("ee"):
        return verb[:-1] + "ing"
    return verb + (verb[-1] if verb in DOUBLED else "") + "ing"


@lru_cache(maxsize=50_000)
def inflect(phrase: str, form: str) -> str:
    """Return an English phrase whose verbs have the form "do", "does" or "doing"."""
    if "*" not in phrase:
        phrase = NOT_MARKED.sub(r"*\1*", phrase)
    change = {"do": str, "does": third, "doing": gerund}[form]
    return MARKED.sub(lambda m: change(m.group(1)), phrase)


ANSWERING: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"^(?:return|compute|find|get|calculate|output|list|generate|give back|define|implement) ((?:the|a|an|all) .+)$"
    ),
    "id": re.compile(
        r"^(?:menghitung|mencari|mengembalikan|menemukan|memberikan|membuat|mengimplementasikan) "
        r"(?!mundur|berapa|di mana)(.+)$"
    ),
}


def noun_of(phrase: str, language: Language) -> str:
    """Return what comes back, for a phrase that says "return the ..."; else nothing."""
    found = ANSWERING[language].match(phrase)
    return found.group(1) if found and "*" not in phrase else ""


def fill(shape: str, phrase: str, language: Language, name: str = "") -> str:
    """Return the shape with the phrase in the verb form that the shape asks for."""
    noun = noun_of(phrase, language) or phrase if "oun}" in shape else ""
    nouns = {"noun": noun, "Noun": noun[:1].upper() + noun[1:]}
    if language == "id":
        return shape.format(do=phrase, n=name, **nouns)
    do = inflect(phrase, "do")
    return shape.format(
        do=do,
        Do=do[:1].upper() + do[1:],
        does=inflect(phrase, "does"),
        doing=inflect(phrase, "doing"),
        n=name,
        **nouns,
    )
