"""Tokens to text, and text to reasoning and answer."""
from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.text.detokenize import Detokenizer
from playground.text.segment import Segmenter
from playground.types import ReasoningDelta, TextDelta

pytestmark = pytest.mark.timeout(60)

OPEN, CLOSE, CONTROL = 1000, 1001, 1002


def decode(ids: Sequence[int]) -> str:
    """Ids below 256 are bytes, which is the hardest case for a detokenizer."""
    out, run = "", bytearray()
    for token in [*ids, None]:
        if token is not None and token < 256:
            run.append(token)
            continue
        out, run = out + run.decode("utf-8", errors="replace"), bytearray()
        if token is not None:
            out += {OPEN: "<think>", CLOSE: "</think>", CONTROL: "<|x|>"}[token]
    return out


def shown(ids: Sequence[int]) -> list[str]:
    text = Detokenizer(decode)
    return [text.feed(token) for token in ids] + [text.flush()]


def test_an_emoji_comes_out_whole_with_its_last_byte() -> None:
    assert shown(list("a🚀b".encode())) == ["a", "", "", "", "🚀", "b", ""]


def test_what_never_becomes_a_character_is_shown_at_the_end() -> None:
    assert shown(list(b"ok") + [0xF0, 0x9F]) == ["o", "k", "", "", "\ufffd"]


def test_a_broken_stream_is_not_held_back_for_ever() -> None:
    assert "".join(shown([0xBF] * 200)) == "\ufffd" * 200


@given(st.text(max_size=60))
def test_any_text_comes_back_and_no_step_shows_half_a_character(text: str) -> None:
    steps = shown(list(text.encode()))
    assert "".join(steps) == text
    if "\ufffd" not in text:
        assert not any("\ufffd" in step for step in steps)


@given(st.lists(st.integers(0, 255), max_size=40))
def test_any_bytes_come_out_as_one_decode_would_give_them(data: list[int]) -> None:
    text = "".join(shown(data))
    assert len(text) <= len(decode(data)) + 8 and text.replace("\ufffd", "") == decode(data).replace("\ufffd", "")


def test_cost_is_linear() -> None:
    calls: list[int] = []

    def counting(ids: Sequence[int]) -> str:
        calls.append(len(ids))
        return decode(ids)

    text = Detokenizer(counting)
    for token in b"word " * 400:
        text.feed(token)
    assert sum(calls) <= 2000 * 3


# ---------------------------------------------------------------- reasoning and answer
def parts(ids: Sequence[int], *, inside: bool = False, open_id: int | None = OPEN) -> tuple[str, str]:
    """(reasoning, answer), after checking that every id came out exactly once and in order."""
    segmenter = Segmenter(decode, open_id, CLOSE if open_id else None, inside=inside, hidden=frozenset({CONTROL}))
    deltas = [delta for token in ids for delta in segmenter.feed(token)] + list(segmenter.flush())
    assert [token for delta in deltas for token in delta.token_ids] == list(ids)
    return tuple("".join(d.text for d in deltas if isinstance(d, kind))                 # type: ignore[return-value]
                 for kind in (ReasoningDelta, TextDelta))


def tokens(text: str) -> list[int]:
    ids: list[int] = []
    for index, piece in enumerate(text.replace("</think>", "\0C\0").replace("<think>", "\0O\0").split("\0")):
        ids += ([OPEN] if piece == "O" else [CLOSE]) if index % 2 else list(piece.encode())
    return ids


@pytest.mark.parametrize(("output", "inside", "expected"), [
    ("Hello\n", False, ("", "Hello\n")),
    ("<think>\n1+1\n\nis 2\n</think>\n\nTwo.", False, ("1+1\n\nis 2", "Two.")),
    ("<think>\n\n</think>\n\nTwo.", False, ("", "Two.")),
    ("<think>\nnever closed", False, ("never closed", "")),
    ("<think>\nnever closed\n", False, ("never closed\n", "")),
    ("1+1\n</think>\n\nTwo.", True, ("1+1", "Two.")),
    ("</think>\n\nTwo.", True, ("", "Two.")),
    ("still thinking", True, ("still thinking", "")),
    ("a</think>b", False, ("", "ab")),
    ("<think>a</think>b<think>c</think>d", False, ("ac", "bd")),
    ("", False, ("", "")),
])
def test_the_parts_of_an_answer(output: str, inside: bool, expected: tuple[str, str]) -> None:
    assert parts(tokens(output), inside=inside) == expected


def test_tags_typed_as_letters_are_ordinary_text() -> None:
    assert parts(list(b"<think>no</think>")) == ("", "<think>no</think>")


def test_a_model_without_thinking_shows_everything() -> None:
    assert parts(list(b"\nyes"), open_id=None) == ("", "\nyes")


def test_control_tokens_show_no_text_and_a_cut_character_before_a_tag_is_kept() -> None:
    assert parts([*b"a", CONTROL, *b"b"]) == ("", "ab")
    assert parts([OPEN, 0xF0, 0x9F, CLOSE, *b"b"]) == ("\ufffd", "b")


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_reasoning_and_answer_survive(reasoning: str, answer: str) -> None:
    reasoning, answer = reasoning.strip("\n"), answer.lstrip("\n")
    ids = [OPEN, *f"\n{reasoning}\n".encode(), CLOSE, *f"\n\n{answer}".encode()]
    assert parts(ids) == (reasoning, answer)
