"""Which part of a ChatML prompt a token belongs to: control, system, user, assistant or thinking. Pure."""
from __future__ import annotations

from collections.abc import Iterable, Iterator

from playground.types import TokenPiece

ROLES = ("system", "user", "assistant")


def roles(pieces: Iterable[TokenPiece]) -> Iterator[str]:
    """One of "control", "system", "user", "assistant", "thinking" for each token of a prompt."""
    role, thinking, header = "system", False, ""
    reading_header = False
    for piece in pieces:
        if piece.control:
            yield "control"
            if piece.text == "<|im_start|>":
                reading_header, header, thinking = True, "", False
            elif piece.text in ("<think>", "</think>"):
                thinking = piece.text == "<think>"
            continue
        if reading_header:
            header += piece.text
            role = next((name for name in ROLES if header.strip().startswith(name)), role)
            reading_header = "\n" not in piece.text
        yield "thinking" if thinking else role
