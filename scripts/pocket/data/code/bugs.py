"""Bugs: small changes of a program that make it wrong, with a sentence that names each."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from scripts.pocket.data.code.program import Program, passes
from scripts.pocket.data.sample import Language

SENTENCES: dict[str, dict[Language, str]] = {
    "comparison": {"en": "The comparison is wrong: the line should be `{line}`.",
                   "id": "Perbandingannya salah: barisnya seharusnya `{line}`."},
    "operator": {"en": "The operator is wrong: the line should be `{line}`.",
                 "id": "Operatornya salah: barisnya seharusnya `{line}`."},
    "start": {"en": "The initial value is wrong: the line should be `{line}`.",
              "id": "Nilai awalnya salah: barisnya seharusnya `{line}`."},
    "off_by_one": {"en": "It is off by one: the line should be `{line}`.",
                   "id": "Meleset satu: barisnya seharusnya `{line}`."},
    "function": {"en": "The wrong function is called: the line should be `{line}`.",
                 "id": "Fungsi yang dipanggil salah: barisnya seharusnya `{line}`."},
    "value": {"en": "The wrong value is used: the line should be `{line}`.",
              "id": "Nilai yang dipakai salah: barisnya seharusnya `{line}`."},
    "swapped": {"en": "The arguments are swapped: the line should be `{line}`.",
                "id": "Argumennya tertukar: barisnya seharusnya `{line}`."},
    "variable": {"en": "The wrong variable is used: the line should be `{line}`.",
                 "id": "Variabelnya salah: barisnya seharusnya `{line}`."},
    "no_return": {"en": "The return is missing: the line should be `{line}`.",
                  "id": "Kata return hilang: barisnya seharusnya `{line}`."},
    "indentation": {"en": "The return is inside the loop: it belongs after the loop.",
                    "id": "Return berada di dalam perulangan: tempatnya setelah perulangan."},
}  # fmt: skip
# (kind, what stands in the right line, what stands in the wrong line)
SWAPS: tuple[tuple[str, str, str], ...] = (
    ("comparison", r" > ", " >= "), ("comparison", r" < ", " <= "), ("comparison", r" >= ", " > "),
    ("comparison", r" <= ", " < "), ("comparison", r" == ", " != "), ("comparison", r" != ", " == "),
    ("comparison", r" not in ", " in "), ("comparison", r"(?<!for c)(?<!not) in \"", ' not in "'),
    ("comparison", r" > ", " < "), ("comparison", r" < ", " > "),
    ("operator", r" \+ ", " - "), ("operator", r" - ", " + "), ("operator", r" \* ", " + "),
    ("operator", r" % ", " // "), ("operator", r" // ", " % "), ("operator", r" \+= ", " -= "),
    ("operator", r" \*= ", " += "), ("operator", r" and ", " or "), ("operator", r" or ", " and "),
    ("operator", r" / ", " // "), ("operator", r" \*\* ", " * "),
    ("start", r" = 0$", " = 1"), ("start", r" = 1$", " = 0"), ("start", r" = 0, 1$", " = 1, 1"),
    ("off_by_one", r"range\((.*)(\w+) \+ 1\)", r"range(\1\2)"), ("off_by_one", r"range\(2, ", "range(1, "),
    ("off_by_one", r"range\(1, ", "range(0, "), ("off_by_one", r"\[0\]", "[1]"), ("off_by_one", r"\[-1\]", "[-2]"),
    ("off_by_one", r"\[-2\]", "[-1]"), ("off_by_one", r" - 1\]", "]"),
    ("off_by_one", r"range\((n)\)", r"range(\1 - 1)"),
    ("off_by_one", r" < 2:", " < 1:"), ("off_by_one", r"\[1:\]", "[2:]"),
    ("function", r"\bmax\(", "min("), ("function", r"\bmin\(", "max("), ("function", r"\bany\(", "all("),
    ("function", r"\ball\(", "any("), ("function", r"\.upper\(", ".lower("), ("function", r"\.lower\(", ".upper("),
    ("function", r"\bsum\(", "max("), ("function", r"startswith", "endswith"), ("function", r"endswith", "startswith"),
    ("function", r"isupper", "islower"), ("function", r"islower", "isupper"), ("function", r"\bsorted\(", "list("),
    ("function", r"\blen\(", "sum("), ("function", r"\.keys\(", ".values("), ("function", r"\.append\(", ".extend("),
    ("value", r"\bTrue\b", "False"), ("value", r"\bFalse\b", "True"), ("value", r"\bNone$", "0"),
    ("value", r"reverse=True", "reverse=False"), ("value", r"return -1$", "return 0"),
    ("swapped", r"\((\w+), (\w+)\)(?=$|[.\s:)])", r"(\2, \1)"),
    ("swapped", r"return (\w+) - (\w+)$", r"return \2 - \1"),
    ("swapped", r"\((\w+)\((\w+)\) - (\w+)\((\w+)\)\)", r"(\3(\4) - \1(\2))"),
)  # fmt: skip
VARIABLE = re.compile(r"^ +(?:for )?(\w+)(?:, \w+)? (?:=|in) ", re.MULTILINE)
COMPILED = tuple((kind, re.compile(right), wrong) for kind, right, wrong in SWAPS)


@dataclass(frozen=True)
class Bug:
    """A wrong program, the kind of its bug, and the right line that it spoils."""

    kind: str
    code: str
    line: str

    def sentence(self, language: Language) -> str:
        """Return the sentence that names the bug."""
        return SENTENCES[self.kind][language].format(line=self.line)


def mutants(code: str) -> Iterator[Bug]:
    """Yield programs with one bug each; some of them may still be right."""
    lines = code.split("\n")
    for i, line in enumerate(lines):
        if i == 0 or line.lstrip().startswith(("def ", "class ", "raise ")):
            continue
        for kind, pattern, wrong in COMPILED:
            changed = pattern.sub(wrong, line, count=1)
            if changed != line:
                yield Bug(kind, "\n".join([*lines[:i], changed, *lines[i + 1 :]]), line.strip())
        if line == "    " + line.strip() and line.strip().startswith("return ") and i == len(lines) - 1:
            yield from _return_bugs(lines, i)


def _return_bugs(lines: list[str], i: int) -> Iterator[Bug]:
    """Yield bugs of the last return: it is missing, too deep, or returns something else."""
    line, before = lines[i].strip(), lines[:i]
    value = line.removeprefix("return ")
    yield Bug("no_return", "\n".join([*before, f"    {value}"]), line)
    if i > 1 and before[-1].startswith("        ") and any(b.startswith(("    for ", "    while ")) for b in before):
        yield Bug("indentation", "\n".join([*before, f"        {line}"]), line)
    if value.isidentifier():
        for other in dict.fromkeys(VARIABLE.findall("\n".join(before))):
            if other != value:
                yield Bug("variable", "\n".join([*before, f"    return {other}"]), line)


@lru_cache(maxsize=20_000)
def _real(program: Program, bug: Bug) -> bool:
    """Return whether the bug makes an assertion of the program fail, without endless loops."""
    return passes(program, bug.code) is False


def draw_bug(rng: random.Random, program: Program) -> Bug | None:
    """Return a bug that the assertions find, or None if the program has none; kinds are drawn evenly."""
    found: dict[str, list[Bug]] = {}
    for bug in mutants(program.code):
        found.setdefault(bug.kind, []).append(bug)
    kinds = list(found)
    rng.shuffle(kinds)
    for kind in kinds:
        for bug in rng.sample(found[kind], len(found[kind])):
            if _real(program, bug):
                return bug
    return None
