"""Who may stop what: each session its own runs, each tab its own."""
from __future__ import annotations

import pytest

from playground.ui.context import UiContext


@pytest.fixture
def ctx() -> UiContext:
    return UiContext(None, None, None, None, "tiny:bf16")  # type: ignore[arg-type]


def test_stop_reaches_the_own_session_and_tab_only(ctx: UiContext):
    mine, lesson, theirs = ctx.start("a", "chat"), ctx.start("a", "lessons"), ctx.start("b", "chat")
    ctx.stop("a", "chat")
    assert [token.cancelled for token in (mine, lesson, theirs)] == [True, False, False]


def test_a_new_run_of_the_same_tab_stops_the_earlier_one(ctx: UiContext):
    first, second = ctx.start("a", "chat"), ctx.start("a", "chat")
    assert (first.cancelled, second.cancelled) == (True, False)


def test_a_run_that_ends_late_does_not_take_the_newer_one_along(ctx: UiContext):
    first = ctx.start("a", "chat")
    second = ctx.start("a", "chat")
    ctx.finish("a", "chat", first)
    ctx.stop("a", "chat")
    assert second.cancelled


def test_a_closed_page_stops_all_of_its_tabs(ctx: UiContext):
    chat, lesson, theirs = ctx.start("a", "chat"), ctx.start("a", "lessons"), ctx.start("b", "chat")
    ctx.stop_all("a")
    assert [token.cancelled for token in (chat, lesson, theirs)] == [True, True, False]


def test_stopping_what_does_not_run_does_nothing(ctx: UiContext):
    ctx.stop("nobody", "chat")
    ctx.stop_all("nobody")
    token = ctx.start("a", "chat")
    ctx.finish("a", "chat", token)
    ctx.stop("a", "chat")
    assert not token.cancelled


def test_nothing_is_remembered_of_a_run_that_ended(ctx: UiContext):
    for session in ("a", "b", "c"):
        ctx.finish(session, "chat", ctx.start(session, "chat"))
    assert ctx._running == {}
