"""The built-in tasks: what is asked for in each language, hidden tests and a reference solution."""
from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from playground.coding.cases import Case, cases
from playground.errors import UnknownName

FILE = Path(__file__).with_name("tasks.yaml")
LANGUAGES = ("en", "id")
LEAST_TESTS = 4

Family = Literal["pocket", "general"]
"""pocket: what pocket-coder was trained for, in other words. general: ordinary tasks for beginners."""


@dataclass(frozen=True, slots=True)
class Task:
    """One task. `title` and `prompt` by language code; `function` is the name that the tests call.

    `level`: 1 one idea, 2 two ideas or an edge case, 3 an algorithm.
    """

    id: str
    family: Family
    level: int
    title: dict[str, str]
    prompt: dict[str, str]
    tests: tuple[Case, ...]
    tests_text: str
    reference: str

    @property
    def function(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Tasks:
    """All tasks, in the order of the file."""

    all: tuple[Task, ...]

    def get(self, task_id: str) -> Task:
        """The task of that id. Raises UnknownName; the hint names the nearest one."""
        found = next((task for task in self.all if task.id == task_id), None)
        if found is None:
            near = get_close_matches(task_id, [task.id for task in self.all], 1)
            raise UnknownName(f"there is no task {task_id!r}.", f"Did you mean {near[0]!r}?" if near else "")
        return found

    def of(self, family: Family) -> tuple[Task, ...]:
        return tuple(task for task in self.all if task.family == family)


def load_tasks(file: Path = FILE) -> Tasks:
    """The tasks of a file. Raises ValueError naming the task that is incomplete, or whose id occurs twice."""
    import yaml

    tasks: list[Task] = []
    for entry in yaml.safe_load(file.read_text("utf-8")):
        try:
            tasks.append(_task(entry))
        except (KeyError, TypeError, ValueError, SyntaxError) as error:
            raise ValueError(f"{file.name}: task {entry.get('id', len(tasks) + 1)}: {error}") from error
    ids = [task.id for task in tasks]
    if twice := {each for each in ids if ids.count(each) > 1}:
        raise ValueError(f"{file.name}: more than one task is called {', '.join(sorted(twice))}")
    return Tasks(tuple(tasks))


def _task(entry: dict[str, Any]) -> Task:
    tests = cases(entry["tests"])
    if len(tests) < LEAST_TESTS:
        raise ValueError(f"{len(tests)} tests, at least {LEAST_TESTS} are needed")
    for field in ("title", "prompt"):
        if set(entry[field]) != set(LANGUAGES) or not all(entry[field].values()):
            raise ValueError(f"{field} must be given in {' and '.join(LANGUAGES)}")
    if entry["family"] not in ("pocket", "general") or entry["level"] not in (1, 2, 3):
        raise ValueError("family must be pocket or general, level 1, 2 or 3")
    return Task(entry["id"], entry["family"], entry["level"], entry["title"], entry["prompt"], tests,
                entry["tests"].strip(), entry["reference"].strip())
