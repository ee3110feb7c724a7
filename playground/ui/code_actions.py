"""What can be asked about code: what each action needs, what the model is told, and where its answer belongs."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from playground.coding import requests
from playground.coding.blocks import code_blocks, fence_of, fenced, python_code
from playground.coding.fill import MARK, Hole, hole
from playground.errors import InvalidRequest
from playground.types import Fill, ModelSpec
from playground.ui.view import Say

Action = Literal["write", "explain", "fix", "tests", "translate", "complete", "fill"]
ACTIONS: tuple[Action, ...] = get_args(Action)
ALIASES = {"js": "javascript", "node": "javascript", "ts": "typescript", "c++": "cpp", "cc": "cpp", "golang": "go",
           "rs": "rust", "sh": "bash", "shell": "bash", "zsh": "bash", "py": "python", "python3": "python"}

EXAMPLES: dict[Action, str] = {
    "explain": "def count_even(numbers):\n    return sum(1 for n in numbers if n % 2 == 0)",
    "fix": "def average(numbers):\n    return sum(numbers) / (len(numbers) - 1)",
    "tests": "def longest_word(words):\n    return max(words, key=len)",
    "translate": "def total(numbers):\n    result = 0\n    for n in numbers:\n        result += n\n    return result",
    "complete": "def is_even(number):\n    # tells whether the number can be divided by two\n",
    "fill": f"def is_palindrome(word):\n    {MARK}\n\n\nprint(is_palindrome(\"level\"))",
}


@dataclass(frozen=True, slots=True)
class Form:
    """What the reader filled in. `code` is the editor's text; `reply` the language of the words around it."""

    action: Action
    language: str
    target: str
    task: str
    context: str
    constraints: str
    error: str
    goal: str
    code: str
    reply: str

    @classmethod
    def of(cls, action: Action, *values: Any) -> Form:
        """From the values of the components; an empty one may come as None."""
        return cls(action, *(value or "" for value in values))


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: `text` for a chat, or a `hole` to fill. The rest says what the answer is for."""

    action: Action
    language: str                         # of the code that comes back
    text: str
    hole: Hole | None = None

    @property
    def fill(self) -> Fill | None:
        return Fill(self.hole.prefix, self.hole.suffix) if self.hole else None


def question(form: Form, model: ModelSpec, say: Say) -> Question:
    """What to ask the model. Raises InvalidRequest, in the reader's language, when something is missing."""
    language = form.language
    if form.action == "fill":
        return Question("fill", language, fenced(form.code, language), _hole(form.code, model, say))
    if form.action == "write":
        if not form.task.strip():
            raise InvalidRequest(say("code.no_task"), say("code.no_task_hint"))
        asked = requests.write(form.task, language, form.context, form.constraints, form.reply)
        return Question("write", language, asked[0].text)
    if not form.code.strip():
        raise InvalidRequest(say("code.no_code"), say("code.no_code_hint"))
    match form.action:
        case "explain":
            asked = requests.explain(form.code, language, form.reply)
        case "fix":
            asked = requests.fix(form.code, language, form.error, form.goal, form.reply)
        case "tests":
            asked = requests.add_tests(form.code, language, form.reply)
        case "translate":
            if language == form.target:
                raise InvalidRequest(say("code.same_language"), say("code.same_language_hint"))
            asked = requests.translate(form.code, language, form.target, form.reply)
            language = form.target
        case "complete":
            asked = requests.complete(form.code, language, form.reply)
    return Question(form.action, language, asked[0].text)


def _hole(code: str, model: ModelSpec, say: Say) -> Hole:
    if not model.fills:
        raise InvalidRequest(say("code.cannot_fill", name=model.name), say("code.cannot_fill_hint"))
    try:
        return hole(code)
    except InvalidRequest as error:
        count = error.params.get("count")
        why = "none" if count == 0 else "bare" if count is None else "many"
        raise InvalidRequest(say(f"code.mark_{why}", mark=MARK, n=count or 0),
                             say(f"code.mark_{why}_hint", mark=MARK)) from None


# ---------------------------------------------------------------- what comes back
def code_of(answer: str, language: str) -> str:
    """The code of an answer in this programming language, "" if it shows none.

    In other languages than Python it is the last block of that language, or the last one without a name.
    """
    if language == "python":
        return python_code(answer)
    blocks = code_blocks(answer)
    for wanted in (language, ""):
        if codes := [block.code for block in blocks if ALIASES.get(block.language, block.language) == wanted]:
            return codes[-1]
    return ""


def added_tests(tests: str, new: str) -> str:
    """The tests with new ones under them; the same ones are not added twice."""
    if not tests.strip() or new.strip() in tests:
        return tests if new.strip() in tests else new
    return f"{tests.rstrip()}\n\n{new}"


def shown_fill(middle: str, language: str) -> str:
    """What the model wrote into a hole as a block, so that the page draws it as code. `fill_of` reads it again."""
    fence = fence_of(middle)
    return f"{fence}{language}\n{middle}\n{fence}"


def fill_of(shown: str) -> str:
    """The text in a block that `shown_fill` made, with every space and line break."""
    return "\n".join(shown.split("\n")[1:-1])
