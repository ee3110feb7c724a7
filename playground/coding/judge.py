"""Whether code passes tests: it runs in the sandbox, and what its calls gave is compared outside of it.

So code that prints "passed", ends early or replaces `len` gains nothing: it never learns what is expected. It can still
answer the calls one by one without solving the task, as any code that is tested can. Give `judge` a sandbox without
packages: among them could lie a copy of the tests.
"""
from __future__ import annotations

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playground.coding.cases import Case
from playground.coding.values import compare, decoded, shown
from playground.guard.sandbox.run import Outcome, Sandbox
from playground.types import CancelToken

DRIVER = Path(__file__).with_name("driver.py")

Ending = Literal["passed", "wrong", "error", "exited", "timeout", "memory", "output", "killed", "stopped",
                 "unavailable", "no_code", "no_tests", "bad_tests"]
"""How the first test that failed ended. wrong: another value. error: an exception, also while the code was loaded.
exited: the program ended itself. output: it printed too much. killed: by the system, or too many processes.
stopped: on request. unavailable: nothing can be run on this machine. bad_tests: the tests are no Python."""
NOT_JUDGED: tuple[Ending, ...] = ("stopped", "unavailable", "no_tests", "bad_tests")


@dataclass(frozen=True, slots=True)
class Failure:
    """The first test that failed. `call` is empty where the code was not yet loaded; `found` may be an error."""

    call: str = ""
    expected: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """The result of one judgement. `trusted`: compared outside of the sandbox, so the code cannot have pretended.

    `printed` is what the code printed; `seconds` the program's own time.
    """

    passed: bool
    total: int
    passed_count: int
    outcome: Ending
    failure: Failure | None = None
    trusted: bool = True
    printed: str = ""
    seconds: float = 0.0

    @property
    def counts(self) -> bool:
        """Whether it says anything about the code: False if nothing could be run, or if the tests are at fault."""
        return self.outcome not in NOT_JUDGED

    @property
    def first_failure(self) -> str:
        """The first failure in one English sentence, empty if there is none."""
        return _sentence(self.outcome, self.failure) if self.failure else ""


def judge(code: str, tests: Sequence[Case] | str, sandbox: Sandbox, cancel: CancelToken | None = None) -> Judged:
    """Blocks until the code has run. `tests`: cases, whose expected values stay here; or free text of asserts.

    Free text runs beside the code, which could pretend to pass: `trusted` is then False. Raises InvalidRequest for more
    text than the sandbox takes.
    """
    trusted = not isinstance(tests, str)
    if not code.strip():
        return Judged(False, 0 if isinstance(tests, str) else len(tests), 0, "no_code", Failure(), trusted)
    if not tests:
        return Judged(False, 0, 0, "no_tests", Failure(), trusted)
    mark = secrets.token_hex(16)
    job: dict[str, Any] = {"mark": mark, "code": code}
    job |= {"tests": tests} if isinstance(tests, str) else {"calls": [case.call for case in tests]}
    outcome = sandbox.run(DRIVER.read_text("utf-8"), stdin=json.dumps(job), cancel=cancel)
    records, printed = _records(outcome.stdout, mark)
    if isinstance(tests, str):
        total, held, first = _free(records)
        first = _bad_tests(records) or first
    else:
        total, held, first = _compared(tests, records)
    ending = _never_ran(outcome, bool(cancel and cancel.cancelled)) or first or _not_loaded(records)
    if ending is None and held == total > 0:
        return Judged(True, total, held, "passed", None, trusted, printed, outcome.seconds)
    ending = ending or (_how_it_stopped(outcome), _where(outcome, records, tests))
    return Judged(False, total, held, *ending, trusted, printed, outcome.seconds)


_Records = list[dict[str, Any]]
_First = tuple[Ending, Failure] | None


def _records(stdout: str, mark: str) -> tuple[_Records, str]:
    """(what the driver said, what the code printed). A record that is cut off or damaged counts as not there."""
    found: _Records = []
    for line in re.findall(rf"{mark}(.*)\n", stdout):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            found.append(record)
    return found, re.sub(rf"\n?{mark}.*\n?", "", stdout)


def _by_index(records: _Records) -> dict[int, dict[str, Any]]:
    """The first record of each test."""
    return {record["index"]: record for record in reversed(records) if isinstance(record.get("index"), int)}


def _compared(tests: Sequence[Case], records: _Records) -> tuple[int, int, _First]:
    """(number of cases, how many hold, the first that does not). A case without a record is not looked at here."""
    said, held = _by_index(records), 0
    first: _First = None
    for index, case in enumerate(tests):
        record = said.get(index)
        if record is None:
            break
        if "value" not in record:
            first = first or (_raised(record), Failure(case.call, shown(case.expected), str(record.get("error"))))
            continue
        value = decoded(record["value"])
        if compare(value, case.expected, case.tolerance):
            held += 1
        else:
            first = first or ("wrong", Failure(case.call, shown(case.expected), shown(value)))
    return len(tests), held, first


def _free(records: _Records) -> tuple[int, int, _First]:
    """(number of checks, how many hold, the first that does not), as the program itself said."""
    total = next((record["total"] for record in records if isinstance(record.get("total"), int)), 0)
    said = _by_index(records)
    held = sum(record.get("held") is True for record in said.values())
    bad = next((said[index] for index in sorted(said) if said[index].get("held") is not True), None)
    if bad is None:
        return total, held, None
    found = "" if bad.get("error") == "AssertionError" else str(bad.get("error"))
    return total, held, ("wrong" if bad.get("wrong") else _raised(bad), Failure(str(bad.get("text")), "", found))


def _raised(record: dict[str, Any]) -> Ending:
    return "exited" if record.get("exit") else "error"


def _never_ran(outcome: Outcome, cancelled: bool) -> _First:
    if outcome.status == "unavailable":
        return "unavailable", Failure(found=outcome.reason)
    return ("stopped", Failure(found=outcome.reason)) if cancelled and outcome.status == "killed" else None


def _bad_tests(records: _Records) -> _First:
    """Only for free text. Code that is tested by cases must not be able to say that its tests are at fault."""
    for record in records:
        if "bad_tests" in record:
            return "bad_tests", Failure(found=str(record["bad_tests"]))
        if record.get("total") == 0:
            return "no_tests", Failure()
    return None


def _not_loaded(records: _Records) -> _First:
    return next(((_raised(record), Failure(found=str(record["load"]))) for record in records if "load" in record), None)


def _where(outcome: Outcome, records: _Records, tests: Sequence[Case] | str) -> Failure:
    """The test at which the program stopped; none if that was before the code was loaded."""
    index = len(_by_index(records))
    begun = next((record for record in records if record.get("begin") == index), None)
    if begun is None or index >= len(tests):
        return Failure(found=outcome.reason)
    if isinstance(tests, str):
        return Failure(str(begun.get("text")), "", outcome.reason)
    return Failure(tests[index].call, shown(tests[index].expected), outcome.reason)


def _how_it_stopped(outcome: Outcome) -> Ending:
    if outcome.truncated:
        return "output"
    match outcome.status:
        case "timeout":
            return "timeout"
        case "memory":
            return "memory"
        case "killed":
            return "killed"
    return "exited"


def _sentence(outcome: Ending, failure: Failure) -> str:
    where = failure.call or "Loading the code"
    found = failure.found
    return {
        "passed": "",
        "wrong": f"{where} gave {found}, expected {failure.expected}." if failure.expected else
                 f"This does not hold: {where}" + (f" ({found})" if found else ""),
        "error": f"{where} raised {found}.",
        "exited": f"{where} ended the program before all tests were done.",
        "timeout": f"{where} did not come to an end. {found}",
        "memory": f"{where} needed too much memory. {found}",
        "output": f"{where} printed too much. {found}",
        "killed": f"{where} was ended. {found}",
        "stopped": "It was stopped.",
        "unavailable": found,
        "no_code": "There is no code to run.",
        "no_tests": "There is no test among the tests: write lines such as `assert f(2) == 4`.",
        "bad_tests": f"The tests are not valid Python: {found}.",
    }[outcome]
