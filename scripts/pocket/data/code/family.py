"""The compositional family: a filter, a map and a reduction over a list of numbers or words."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from scripts.pocket.data.code.parts import NUMBERS, WORDS, Domain, Part
from scripts.pocket.data.code.program import Program
from scripts.pocket.data.sample import Split, hash_percent

HELD_OUT_PERCENT = 15
Style = Literal["short", "loop"]
EMPTY = {"None": ("Return None if there are none.", "Kembalikan None jika tidak ada."),
         "0": ("Return 0 if there are none.", "Kembalikan 0 jika tidak ada.")}  # fmt: skip
LOOP = ("Use a for loop.", "Gunakan perulangan for.")


@dataclass(frozen=True)
class Composition:
    """The parts of one function; `k` is the number or letter of the filter, `m` that of the map."""

    domain: Domain
    keep: Part | None
    change: Part | None
    reduce: Part
    k: str
    m: str
    style: Style = "short"
    empty: str = ""  # what comes back when nothing is left: "", "None" or "0"

    @property
    def problem(self) -> str:
        """The parts without their numbers; the split is made by this."""
        names = (part.key if part else "all" for part in (self.keep, self.change, self.reduce))
        return "|".join((self.domain.key, *names))

    @property
    def held_out(self) -> bool:
        """Whether the combination is kept for the test."""
        return bool(self.keep and self.change) and hash_percent(self.problem) < HELD_OUT_PERCENT

    def text(self, field: str, part: Part | None) -> str:
        """Return a text of a part with its variable and its number or letter filled in."""
        return self.filled(str(getattr(part, field)), part) if part else ""

    def filled(self, text: str, part: Part | None) -> str:
        """Return a text of a part with its holes filled, except what the text is about."""
        hole = self.m if part is self.change else self.k
        return text.replace("{v}", self.domain.variable).replace("{k}", hole).replace("{items}", self.domain.items)


def draw_composition(rng: random.Random, split: Split) -> Composition:
    """Return a random composition of the split."""
    while True:
        domain = NUMBERS if rng.random() < 0.62 else WORDS
        reduce = rng.choices(domain.reductions, domain.weights)[0]
        keep = rng.choice(domain.filters) if rng.random() < 0.75 or reduce.group == "test" else None
        change = rng.choice(domain.maps) if rng.random() < 0.68 and reduce.group not in ("test", "count") else None
        kind = change.gives if change else domain.item
        if reduce.takes and kind not in reduce.takes:
            continue
        if reduce.group in ("list", "average") and not (keep or change):
            continue  # nothing to do, or a classic task
        k = rng.choice(keep.choices) if keep and keep.choices else ""
        m = rng.choice(change.choices) if change and change.choices else ""
        style: Style = "loop" if reduce.loop and rng.random() < 0.15 else "short"
        empty = rng.choice(reduce.empties) if reduce.empties and rng.random() < 0.2 else ""
        made = Composition(domain, keep, change, reduce, k, m, style, empty)
        if made.held_out == (split == "test"):
            return made


def name_of(c: Composition) -> str:
    """Return the function name that says what the composition does."""
    parts = [c.reduce.name, c.text("name", c.keep), c.text("name", c.change)]
    if c.reduce.group == "list":
        parts = [*parts[1:], "" if c.change else c.domain.items]
    elif not (c.keep or c.change):
        parts.append(c.domain.items)
    return "_".join(part for part in parts if part)


def code_of(c: Composition, name: str) -> str:
    """Return the canonical code of the composition."""
    v, items = c.domain.variable, c.domain.items
    condition, value = c.text("code", c.keep), c.text("code", c.change) or v
    rest = f" if {condition}" if condition else ""
    plain = not rest and value == v
    many = items if plain else f"{value} for {v} in {items}{rest}"
    lines = {
        "test": lambda: [f"return {c.reduce.key}({condition} for {v} in {items})"],
        "count": lambda: [f"return len({items})" if plain else f"return sum(1 for {v} in {items}{rest})"],
        "list": lambda: [f"return [{value} for {v} in {items}{rest}]"],
        "call": lambda: [f"return {_call(c, many, plain)}"],
        "first": lambda: _first(c, condition, value),
        "last": lambda: _first(c, condition, value),
        "product": lambda: _loop("result = 1", "result *= {x}", c, condition, value),
        "average": lambda: _average(c, f"[{value} for {v} in {items}{rest}]", plain),
    }[c.reduce.group]()
    if c.style == "loop" and c.reduce.loop:
        lines = _loop(*c.reduce.loop, c, condition, value)
    return "\n    ".join([f"def {name}({items}):", *lines])


def _call(c: Composition, many: str, plain: bool) -> str:
    """Return a call such as sum(...), max(..., default=None) or ", ".join(...)."""
    before, after = c.reduce.code.split("()")
    if after.startswith(")"):  # a call in a call
        return f"{before}({many}){after}"
    extra = after + (f", default={c.empty}" if c.empty else "")
    inner = f"({many})" if extra and not plain else many
    return f"{before}({inner}{extra})"


def _loop(start: str, step: str, c: Composition, condition: str, value: str) -> list[str]:
    """Return the lines of a for loop that collects into `result`."""
    lines = [start, f"for {c.domain.variable} in {c.domain.items}:"]
    if condition:
        lines += [f"    if {condition}:", "        " + step.format(x=value)]
    else:
        lines += ["    " + step.format(x=value)]
    return [*lines, "return result"]


def _first(c: Composition, condition: str, value: str) -> list[str]:
    """Return the lines that look for the first or the last item."""
    v, items = c.domain.variable, c.domain.items
    if not condition:
        place = f"{items}[{'0' if c.reduce.group == 'first' else '-1'}]"
        return [f"return {place}"] if value == v else [f"{v} = {place}", f"return {value}"]
    order = items if c.reduce.group == "first" else f"reversed({items})"
    return [f"for {v} in {order}:", f"    if {condition}:", f"        return {value}", "return None"]


def _average(c: Composition, chosen: str, plain: bool) -> list[str]:
    """Return the lines that compute an average."""
    name = c.domain.items if plain else "chosen"
    lines = [] if plain else [f"chosen = {chosen}"]
    if c.empty:
        lines += [f"if not {name}:", f"    return {c.empty}"]
    return [*lines, f"return sum({name}) / len({name})"]


def english(c: Composition) -> tuple[str, ...]:
    """Return English phrases for the composition, the canonical one first."""
    items = c.domain.items
    if c.reduce.group == "test":
        return _english_tests(c)
    things = f"the {c.text('english', c.keep) or items}"
    what = c.text("english", c.change).replace("{things}", things) or things
    main, other = c.reduce.english, c.reduce.other
    found = [main.format(what=what, where="in a list"), other.format(what=what, where="in a list")]
    for where in ("of a given list", f"in a list of {items}"):
        found += [main.format(what=what, where=where), other.format(what=what, where=where)]
    if c.keep or c.change:
        change = c.text("step", c.change)
        steps = [f"*take* {things} of a list", *([change] if change else []), f"and {c.reduce.step}"]
        found.append(steps[0] + (f", {steps[1]} " if change else " ") + steps[-1])
    if c.keep and c.change:
        found.append(f"*keep* only {things} in a list, {change} and {c.reduce.step}")
    return tuple(dict.fromkeys(found))


def _english_tests(c: Composition) -> tuple[str, ...]:
    """Return English phrases for any(...) and all(...)."""
    assert c.keep is not None
    one, many = (c.filled(text, c.keep) for text in c.keep.test)
    who, does = (f"any {c.domain.one[0]}", one) if c.reduce.key == "any" else (f"all {c.domain.items}", many)
    verbs = ("check whether", "test if", "tell whether", "check if", "determine whether")
    return tuple(f"{verb} {who} in a list {does}" for verb in verbs)


def indonesian(c: Composition) -> tuple[str, ...]:
    """Return Indonesian phrases for the composition, the canonical one first."""
    keep, noun = c.text("indonesian", c.keep), c.domain.one[1]
    if c.reduce.group == "test":
        who = (
            f"ada {noun} {keep} dalam list"
            if c.reduce.key == "any"
            else (f"semua {noun} dalam list {keep.removeprefix('yang ')}")
        )
        return tuple(f"{verb} apakah {who}" for verb in ("memeriksa", "mengecek", "menentukan"))
    things = f"{noun} {keep}".strip()
    what = c.text("indonesian", c.change).replace("{things}", things) or things
    found = [phrase.format(what=what, where=where) for where in ("dalam list", "dalam sebuah list")
             for phrase in (c.reduce.indonesian, c.reduce.lain)]  # fmt: skip
    return tuple(dict.fromkeys(found))


def program_of(c: Composition) -> Program:
    """Return the composition as a program."""
    name = name_of(c)
    clauses = [pair for pair in (EMPTY.get(c.empty), LOOP if c.style == "loop" else None) if pair]
    clause = " ".join(pair[0] for pair in clauses), " ".join(pair[1] for pair in clauses)
    key = f"{c.problem} k={c.k} m={c.m}" + (f" {c.style}" if c.style != "short" else "")
    tests = ()
    if c.empty:
        key += f" or {c.empty}"
        tests = (f"assert {{name}}([]) {'is None' if c.empty == 'None' else '== 0'}",)
    hint = c.k or (c.m if c.domain is NUMBERS else "")
    kind = f"{'ints' if c.domain is NUMBERS else 'words'}/{hint}"
    words = tuple(tuple(filter(None, (part.word(i, c.k if part is c.keep else c.m) for part in
                  (c.reduce, c.change, c.keep) if part))) for i in (0, 1))  # fmt: skip
    return Program(key, name, ((c.domain.items, kind),), code_of(c, name), english(c), indonesian(c), tests,
                   clause=clause, words=(words[0], words[1]),
                   parts=(c.domain.variable, c.text("code", c.keep),
                          c.text("code", c.change) or c.domain.variable))  # fmt: skip


def draw_family(rng: random.Random, split: Split) -> tuple[Program, str]:
    """Return a program of the family and the name of its combination."""
    composition = draw_composition(rng, split)
    return program_of(composition), composition.problem
