"""Your first conversation: what happens between Send and the end of an answer, and what thinking costs and gives."""
from __future__ import annotations

from tutorials.lesson import Check, Compare, Lesson, Measured, Predict, Prose, Run

PRODUCT = 47 * 36                         # the question stands in the prose, once per language


def _amount(before: Measured, after: Measured) -> str:
    if after.tokens == before.tokens:
        return "same"
    return "more" if after.tokens > before.tokens else "fewer"


def _result(before: Measured, after: Measured) -> str:
    return "right" if after.right else "wrong"


LESSON = Lesson("l01_first_conversation", (
    Prose("send"),
    Run("direct", thinking="off", expects=PRODUCT),
    Check("turn", ("user", "end", "assistant", "mark"), right="assistant"),
    Predict("amount", ("more", "fewer", "same"), before="direct", after="thought", outcome=_amount),
    Predict("result", ("right", "wrong"), before="direct", after="thought", outcome=_result),
    Run("thought", thinking="on", expects=PRODUCT),
    Compare("measured", before="direct", after="thought"),
))
