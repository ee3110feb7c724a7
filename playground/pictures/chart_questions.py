"""Questions about a bar chart, with the answers that follow from its values."""

from __future__ import annotations

import random
from collections.abc import Callable

from playground.pictures.scenes import Chart
from playground.pictures.words import Words

Asked = tuple[str, dict[str, str], str]  # key of the wordings, what fills their places, answer


def extreme(chart: Chart, words: Words, key: str) -> Asked | None:
    """Ask for the tallest or the shortest bar, unless two are equally tall."""
    values = [bar.value for bar in chart.bars]
    value = max(values) if key == "tallest" else min(values)
    if values.count(value) > 1:
        return None
    return key, {}, words.colours[chart.bars[values.index(value)].colour]


def ask_tallest(chart: Chart, rng: random.Random, words: Words) -> Asked | None:
    """Ask for the tallest bar."""
    return extreme(chart, words, "tallest")


def ask_shortest(chart: Chart, rng: random.Random, words: Words) -> Asked | None:
    """Ask for the shortest bar."""
    return extreme(chart, words, "shortest")


def ask_value(chart: Chart, rng: random.Random, words: Words) -> Asked:
    """Ask for the value of the bar of one colour, in marks of the axis."""
    bar = rng.choice(chart.bars)
    return "value", {"colour": words.colours[bar.colour]}, str(bar.value)


def ask_bars(chart: Chart, rng: random.Random, words: Words) -> Asked:
    """Ask how many bars there are."""
    return "bars", {}, str(len(chart.bars))


def ask_table(chart: Chart, rng: random.Random, words: Words) -> Asked:
    """Ask for the values of all bars from left to right."""
    return "table", {}, ", ".join(f"{words.colours[bar.colour]} {bar.value}" for bar in chart.bars)


def ask_taller(chart: Chart, rng: random.Random, words: Words) -> Asked | None:
    """Ask whether one bar is taller than another."""
    a, b = rng.sample(chart.bars, 2)
    if a.value == b.value:
        return None
    answer = words.yes if a.value > b.value else words.no
    return "taller", {"a": words.colours[a.colour], "b": words.colours[b.colour]}, answer


CHART_ASKS: dict[str, Callable[[Chart, random.Random, Words], Asked | None]] = {
    "tallest": ask_tallest, "shortest": ask_shortest, "value": ask_value, "bars": ask_bars, "table": ask_table,
    "taller": ask_taller,
}
