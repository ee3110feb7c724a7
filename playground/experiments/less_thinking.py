"""What if it had thought less? One thinking, cut short at several places, and the answer that follows each cut."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from playground.experiments.budgets import answer
from playground.service import Stream
from playground.types import CancelToken, GenerationRequest, TokenPiece

CUTS = 8
MOST_ANSWER_TOKENS = 512


@dataclass(frozen=True, slots=True)
class Trace:
    """One answer's tokens, taken apart: what comes before its thoughts, the thoughts, and the answer after them."""

    opening: tuple[int, ...]              # the tag that opens the thinking, unless the prompt already has it
    thoughts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """The answer after the first `thoughts` tokens of the thinking; `whole` is the one that was really given."""

    thoughts: int
    text: str
    whole: bool = False


def trace_of(pieces: Sequence[TokenPiece], opened: bool, chosen: int | None = None) -> Trace | None:
    """The thinking in an answer's tokens, None when there is none. opened: the prompt already opened it.

    chosen: tokens of thinking that the model chose, where that is known; what was written to close it comes after them.
    """
    names = [piece.text if piece.control else "" for piece in pieces]
    first = 0 if opened else names.index("<think>") + 1 if "<think>" in names else None
    if first is None:
        return None
    last = names.index("</think>", first) if "</think>" in names[first:] else len(names)
    last = last if chosen is None else min(last, first + chosen)
    ids = tuple(piece.id for piece in pieces)
    return Trace(ids[:first], ids[first:last]) if last > first else None


def places(length: int, count: int = CUTS) -> tuple[int, ...]:
    """Where to cut `length` tokens: at nothing, then in equal steps, without the end."""
    return tuple(sorted({length * n // count for n in range(count)}))


def answer_cuts(stream: Stream, request: GenerationRequest, trace: Trace, close_ids: tuple[int, ...],
                cancel: CancelToken, tell: Callable[[Cut], None], *, to_the_end: bool = False) -> None:
    """Answer from each cut, from none to most, with the thinking closed there, and tell each. Raises what goes wrong.

    `request` is the one that was answered, as it ran: the same sampling and seed. to_the_end: also after all of it,
    for thinking that has no answer yet.
    """
    sampling = replace(request.sampling, max_tokens=min(request.sampling.max_tokens, MOST_ANSWER_TOKENS))
    length = len(trace.thoughts)
    for place in (*places(length), *((length,) if to_the_end else ())):
        start = (*trace.opening, *trace.thoughts[:place], *close_ids)
        text, _ = answer(stream, replace(request, sampling=sampling, thinking_budget=None, start=start), cancel)
        tell(Cut(place, text.strip(), whole=place == length))


def stable_from(cuts: Sequence[Cut]) -> int:
    """After how many thoughts the answer stays what it is at the end."""
    final, stable = cuts[-1], cuts[-1].thoughts
    for cut in reversed(cuts):
        if not same(cut.text, final.text):
            break
        stable = cut.thoughts
    return stable


def same(a: str, b: str) -> bool:
    """Whether two answers say the same, up to spaces and letter case."""
    return a.casefold().split() == b.casefold().split()
