"""Runs in the sandbox, never in the server: loads the code, then evaluates the calls, and prints what each one gave.

It holds no expected values. The code under test shares this process and may break or imitate it; what it prints is
compared by the server. Input: one JSON object. Output: lines that begin with the mark of this run, then JSON.
"""
from __future__ import annotations

import ast
import json
import os
import sys
import types
from collections.abc import Callable
from typing import Any

NAME = "solution"                 # what the tests may import
LONGEST_TEXT = 300                # characters of an error or of an unusual value

Send = Callable[..., None]


def main() -> None:
    job: dict[str, Any] = json.load(sys.stdin)
    send = sender(os.dup(1), job["mark"])
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)          # the calls are not for the code under test to read
    steps = None
    if "tests" in job:
        try:
            steps = steps_of(job["tests"])
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            send(bad_tests=said(error))
            os._exit(0)
        send(total=sum(check for _, check, _ in steps))
    module = types.ModuleType(NAME)
    sys.modules[NAME] = module
    names = module.__dict__
    try:
        exec(compile(job["code"], f"{NAME}.py", "exec", dont_inherit=True), names)
    except BaseException as error:
        send(load=said(error), exit=isinstance(error, SystemExit))
    else:
        send(loaded=True)
        if steps is None:
            evaluate(job["calls"], names, send)
        else:
            run(steps, names, send)
    os._exit(0)                                            # threads of the code under test must not hold it up


def sender(out: int, mark: str) -> Send:
    """A function that prints one record. Bound early: the code under test may replace print, stdout or descriptor 1."""
    encode, write = json.JSONEncoder().encode, os.write

    def send(**record: Any) -> None:
        data = f"\n{mark}{encode(record)}\n".encode()
        while data:
            data = data[write(out, data):]

    return send


def evaluate(calls: list[str], names: dict[str, Any], send: Send) -> None:
    """One record for each call: its value, or the error that it raised."""
    for index, call in enumerate(calls):
        send(begin=index)
        try:
            value = plain(eval(compile(call, "test", "eval", dont_inherit=True), names))
        except BaseException as error:
            send(index=index, error=said(error), exit=isinstance(error, SystemExit))
        else:
            try:
                send(index=index, value=value)
            except ValueError as error:                    # a whole number of more digits than Python prints
                send(index=index, error=said(error))


def run(steps: list[tuple[str, bool, str]], names: dict[str, Any], send: Send) -> None:
    """One record for each check, until a line fails that prepares the next ones."""
    index = 0
    for source, check, function in steps:
        if check:
            send(begin=index, text=short(source))
        try:
            exec(compile(source, "test", "exec", dont_inherit=True), names)
            if function:
                names[function]()
        except BaseException as error:
            send(index=index, error=said(error), text=short(source), exit=isinstance(error, SystemExit),
                 wrong=isinstance(error, AssertionError))
            if not check:
                return
        else:
            if check:
                send(index=index, held=True)
        index += check


def steps_of(tests: str) -> list[tuple[str, bool, str]]:
    """(source, whether it checks something, the test function that it defines) of each statement at the top."""
    steps = []
    for node in ast.parse(tests).body:
        function, check = "", False
        if isinstance(node, ast.FunctionDef):
            check = node.name.startswith("test") and not node.args.args
            function = node.name if check else ""
        elif not isinstance(node, ast.ClassDef | ast.AsyncFunctionDef):
            check = any(isinstance(each, ast.Assert | ast.Raise) for each in ast.walk(node))
        steps.append((ast.unparse(node), check, function))
    return steps


def plain(value: Any) -> Any:
    """The value for JSON; what JSON does not have is written as [kind, content]. Subclasses count as their base."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, complex):
        return ["complex", [value.real, value.imag]]
    if isinstance(value, bytes | bytearray):
        return ["bytes", value.hex()]
    for base, kind in ((list, "list"), (tuple, "tuple"), (set, "set"), (frozenset, "set")):
        if isinstance(value, base):
            return [kind, [plain(each) for each in value]]
    if isinstance(value, dict):
        return ["dict", [[plain(key), plain(each)] for key, each in value.items()]]
    if hasattr(type(value), "__index__"):
        return int(value)
    return ["other", short(f"{type(value).__name__}: {value!r}")]


def said(error: BaseException) -> str:
    """"ZeroDivisionError: division by zero (line 3)", with the last line of the code under test that took part."""
    line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
    trace = error.__traceback__
    while trace and not isinstance(error, SyntaxError):
        if trace.tb_frame.f_code.co_filename == f"{NAME}.py":
            line = trace.tb_lineno
        trace = trace.tb_next
    try:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
    except BaseException:
        text = "its message cannot be shown"
    where = f" (line {line})" if line else ""
    return short(f"{type(error).__name__}: {text}".rstrip(": ")) + where


def short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}… ({len(text)} characters)"


if __name__ == "__main__":
    main()
