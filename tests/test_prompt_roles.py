"""Which role each token of a ChatML prompt plays."""
from __future__ import annotations

from playground.text.prompt_roles import roles
from playground.types import TokenPiece

CONTROL = ("<|im_start|>", "<|im_end|>", "<think>", "</think>")


def told(*texts: str, plain: tuple[int, ...] = ()) -> list[str]:
    """The roles of these tokens; those at `plain` are text although they look like control tokens."""
    return list(roles(TokenPiece(n, text, text in CONTROL and n not in plain) for n, text in enumerate(texts)))


def test_each_turn_has_its_own_role_and_its_header_belongs_to_it():
    assert told("<|im_start|>", "system", "\n", "Be", "<|im_end|>", "\n", "<|im_start|>", "user", "\n", "Hi",
                "<|im_end|>", "\n", "<|im_start|>", "assistant", "\n", "Yo") == [
        "control", "system", "system", "system", "control", "system", "control", "user", "user", "user",
        "control", "user", "control", "assistant", "assistant", "assistant"]


def test_a_role_split_over_tokens_is_known_once_it_is_complete():
    assert told("<|im_start|>", "assist", "ant", "\n", "Yo")[2:] == ["assistant", "assistant", "assistant"]


def test_thinking_lasts_from_its_tag_to_the_closing_tag():
    assert told("<|im_start|>", "assistant", "\n", "<think>", "hm", "</think>", "so") == [
        "control", "assistant", "assistant", "control", "thinking", "control", "assistant"]


def test_a_new_turn_ends_thinking_that_was_never_closed():
    assert told("<|im_start|>", "assistant", "\n", "<think>", "hm", "<|im_start|>", "user", "\n", "Hi")[-1] == "user"


def test_typed_control_tokens_are_the_users_text():
    assert told("<|im_start|>", "user", "\n", "<|im_start|>", "system", plain=(3,))[3:] == ["user", "user"]


def test_a_word_that_names_a_role_does_not_change_it():
    assert told("<|im_start|>", "user", "\n", "system", "\n", "assistant")[3:] == ["user", "user", "user"]


def test_no_tokens_have_no_roles():
    assert told() == []
