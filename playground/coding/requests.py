"""What is said to a model for each action on code: write, explain, fix, add tests, translate, complete.

Plain words, tried on pocket-coder too. An error message stands before the code: with one after it, pocket-coder takes
the message for part of the question and repairs less.
"""
from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from playground.coding.blocks import fenced
from playground.errors import InvalidRequest, UnknownName
from playground.types import Message


@dataclass(frozen=True, slots=True)
class Programming:
    """A programming language: its id, which is also the word on its fences, and its title."""

    id: str
    title: str


LANGUAGES: tuple[Programming, ...] = (
    Programming("python", "Python"), Programming("javascript", "JavaScript"), Programming("typescript", "TypeScript"),
    Programming("java", "Java"), Programming("c", "C"), Programming("cpp", "C++"), Programming("go", "Go"),
    Programming("rust", "Rust"), Programming("sql", "SQL"), Programming("bash", "Bash"),
)

# By the language of the reader. {lang} and {target} are titles; code stands at the end, as in most questions.
_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "write": "Write the code in {lang}.", "constraints": "Constraints: {text}",
        "context": "It has to fit this code:",
        "explain": "Explain this {lang} code.", "fix": "Fix this {lang} code.", "goal": "What it should do: {text}",
        "failing": "This {lang} code fails with this error:", "fix_it": "Fix it.",
        "tests": "Write tests for this {lang} code.", "asserts": "Write tests with assert lines for this {lang} code.",
        "translate": "Translate this {lang} code to {target}.", "complete": "Complete this {lang} code.",
    },
    "id": {
        "write": "Tulis kodenya di {lang}.", "constraints": "Syarat: {text}",
        "context": "Harus cocok dengan kode ini:",
        "explain": "Jelaskan kode {lang} ini.", "fix": "Perbaiki kode {lang} ini.", "goal": "Seharusnya: {text}",
        "failing": "Kode {lang} ini gagal dengan error ini:", "fix_it": "Perbaiki.",
        "tests": "Tulis tes untuk kode {lang} ini.", "asserts": "Tulis tes dengan assert untuk kode {lang} ini.",
        "translate": "Terjemahkan kode {lang} ini ke {target}.", "complete": "Lengkapi kode {lang} ini.",
    },
}
_REQUIRED = {"task": "Say what the code should do.", "code": "Put some code into the editor."}


def write(task: str, language: str, context: str = "", constraints: str = "", reply: str = "en") -> tuple[Message, ...]:
    """A request for new code. `context`: code that it has to fit; `reply`: "en" or "id", the words around it.

    Raises InvalidRequest for an empty task, UnknownName for an unknown language, as all of these do.
    """
    words = _words(reply)
    lines = [_given("task", task).strip(), words["write"].format(lang=programming(language).title)]
    if constraints.strip():
        lines.append(words["constraints"].format(text=constraints.strip()))
    if context.strip():
        lines += [words["context"], fenced(context, language)]
    return _ask(*lines)


def explain(code: str, language: str, reply: str = "en") -> tuple[Message, ...]:
    """A question what the code does."""
    return _about("explain", code, language, reply)


def fix(code: str, language: str, error: str = "", goal: str = "", reply: str = "en") -> tuple[Message, ...]:
    """A request to repair the code. `error`: what was shown when it ran; `goal`: what it should do."""
    words, title = _words(reply), programming(language).title
    first = [words["failing"].format(lang=title), fenced(error.strip()), words["fix_it"]] if error.strip() else \
        [words["fix"].format(lang=title)]
    if goal.strip():
        first[-1] += " " + words["goal"].format(text=goal.strip())
    return _ask(*first, fenced(_given("code", code), language))


def add_tests(code: str, language: str, reply: str = "en") -> tuple[Message, ...]:
    """A request for tests; in Python as assert lines, which the playground can run."""
    return _about("asserts" if language == "python" else "tests", code, language, reply)


def translate(code: str, language: str, target: str, reply: str = "en") -> tuple[Message, ...]:
    """A request for the same program in another programming language. Raises InvalidRequest if it is the same one."""
    other = programming(target).title
    if language == target:
        raise InvalidRequest(f"The code is in {other} already.", "Choose another language to translate to.")
    return _about("translate", code, language, reply, other)


def complete(code: str, language: str, reply: str = "en") -> tuple[Message, ...]:
    """A request to go on with the code, for models that cannot fill a hole (see fill.py)."""
    return _about("complete", code, language, reply)


def programming(language: str) -> Programming:
    """The language of that id. Raises UnknownName; the hint names the nearest one."""
    found = next((each for each in LANGUAGES if each.id == language), None)
    if found is None:
        ids = [each.id for each in LANGUAGES]
        near = get_close_matches(language, ids, 1)
        raise UnknownName(f"there is no programming language {language!r}.",
                          f"Did you mean {near[0]!r}?" if near else f"Choose one of {', '.join(ids)}.")
    return found


def _about(action: str, code: str, language: str, reply: str, target: str = "") -> tuple[Message, ...]:
    said = _words(reply)[action].format(lang=programming(language).title, target=target)
    return _ask(said, fenced(_given("code", code), language))


def _ask(*lines: str) -> tuple[Message, ...]:
    return (Message("user", "\n".join(lines)),)


def _given(field: str, text: str) -> str:
    if not text.strip():
        raise InvalidRequest(f"The {field} is empty.", _REQUIRED[field], field=field)
    return text


def _words(reply: str) -> dict[str, str]:
    return _WORDS.get(reply, _WORDS["en"])
