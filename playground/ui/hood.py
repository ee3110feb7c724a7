"""Under the hood: the exact prompt of one answer, token by token, and the script that reproduces it."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from playground.code_script import script
from playground.service import Playground
from playground.text.prompt_roles import roles
from playground.types import TokenPiece
from playground.ui.context import UiContext
from playground.ui.conversation import Conversation
from playground.ui.drawn import drawn
from playground.ui.view import Say
from playground.ui.words import Key

DRAWN_TOKENS = 1200                       # a browser draws these at once; the exact prompt has all of them
KINDS = ("control", "system", "user", "assistant", "thinking", "output")


@dataclass(frozen=True, slots=True)
class Hood:
    """The panel's components."""

    opened: gr.Column                     # what there is to see once there is an answer
    which: gr.Dropdown
    tokens: gr.HTML
    exact: gr.Textbox
    code: gr.Code

    @property
    def outputs(self) -> list[Any]:
        return [self.opened, self.which, self.tokens, self.exact, self.code]


def build(ctx: UiContext, name: str = "hood", *, open: bool = True) -> Hood:
    """Lay out the panel. `name` is the beginning of its ids; the tab wires it to its conversation."""
    words = ctx.words
    with words.add(gr.Accordion, label=Key("hood.title"), open=open, elem_id=name):
        tokens = drawn("tokens", {"empty": words.say(ctx.language, "hood.none")}, elem_id=f"{name}-tokens",
                       elem_classes="hood-tokens")
        with gr.Column(visible=False) as opened:
            ids = words.add(gr.Checkbox, False, label=Key("hood.ids"), info=Key("hood.ids_info"))
            which = words.add(gr.Dropdown, [], label=Key("hood.which"), info=Key("hood.which_info"), interactive=True,
                              filterable=False)
            exact = words.add(gr.Textbox, "", label=Key("hood.exact"), info=Key("hood.exact_info"), lines=4,
                              max_lines=12, interactive=False, buttons=["copy"], elem_id=f"{name}-exact")
            code = words.add(gr.Code, None, label=Key("hood.code"), language="python", interactive=False, lines=6,
                             max_lines=18, elem_id=f"{name}-code")
        # The ids are always there; a class shows them, so that switching needs no answer from the server.
        ids.change(None, ids, None,
                   js=f"(on) => {{ document.getElementById('{name}-tokens').classList.toggle('with-ids', on); }}")
    return Hood(opened, which, tokens, exact, code)


def choices(conversation: Conversation, say: Say) -> list[tuple[str, int]]:
    """(label, turn) of every answer that can be opened, newest first."""
    return [(say("hood.answer_n", n=n + 1, question=turn.question[:40]), n)
            for n, turn in reversed(list(enumerate(conversation.turns))) if turn.reply and turn.reply.prompt]


def contents(playground: Playground, conversation: Conversation, turn: int | None, say: Say
             ) -> tuple[dict[str, Any], str, str | None]:
    """(tokens to draw, exact prompt, script) of one turn's shown reply; empty ones when there is none."""
    reply = conversation.turns[turn].reply if turn is not None and 0 <= turn < len(conversation.turns) else None
    if reply is None or reply.prompt is None or reply.request is None:
        return {"empty": say("hood.none")}, "", None
    variant = playground.catalog.variant(reply.request.variant)
    pieces = playground.pieces(reply.request.variant, reply.prompt.token_ids)
    written = playground.pieces(reply.request.variant, reply.output_ids)
    scheme = playground.catalog.quantization(variant.quantization)
    code = script(variant.model, scheme, reply.request, reply.prompt)
    return _tokens(pieces, written, say), reply.prompt.text, code


def _tokens(read: Sequence[TokenPiece], written: Sequence[TokenPiece], say: Say) -> dict[str, Any]:
    rows: list[list[Any]] = [[piece.id, piece.text, role + (" output" if n >= len(read) else "")]
            for n, (piece, role) in enumerate(zip([*read, *written], roles([*read, *written]), strict=True))]
    value: dict[str, Any] = {
        "label": say("hood.prompt_and_answer"),
        "counts": say("hood.counts", read=len(read), written=len(written)),
        "legend": [[kind, say(f"hood.legend_{kind}")] for kind in KINDS if any(kind in row[2].split() for row in rows)],
    }
    if (left_out := len(rows) - DRAWN_TOKENS) > 0:
        half = DRAWN_TOKENS // 2
        rows = rows[:half] + rows[-half:]
        value["hidden"] = {"after": half, "text": say("hood.hidden", n=left_out)}
    return value | {"tokens": rows}


def newest(conversation: Conversation) -> int | None:
    """The last turn with an answer that can be opened."""
    opened = [n for n, turn in enumerate(conversation.turns) if turn.reply and turn.reply.prompt]
    return opened[-1] if opened else None


