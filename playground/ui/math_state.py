"""What the page holds of one problem, and how it changes as news come in. Pure values; no Gradio."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from playground.solving.programs import Printed, prose
from playground.solving.rounds import Asked, End, Ended, News, Running
from playground.solving.votes import Tally
from playground.types import Failed
from playground.ui.conversation import Conversation, Reply
from playground.ui.view import Draft, Row, Say, rows, step

Mode = Literal["steps", "program", "vote"]
MODES: tuple[Mode, ...] = ("steps", "program", "vote")


@dataclass(frozen=True, slots=True)
class Solution:
    """A problem and how far it is solved. The conversation has a turn for each turn of the model; the replies of its
    only turn are the samples of a vote. `printed` belongs to the turns in order."""

    problem: str = ""
    mode: Mode = "steps"
    conversation: Conversation = Conversation()
    printed: tuple[Printed, ...] = ()
    tally: Tally | None = None
    end: End | None = None
    failed: Failed | None = None

    @property
    def replies(self) -> tuple[Reply, ...]:
        """The shown reply of each turn."""
        return tuple(turn.reply for turn in self.conversation.turns if turn.reply)

    @property
    def text(self) -> str:
        """The shown answer without its programs: what is checked."""
        return "\n".join(prose(reply.text).strip("\n") for reply in self.replies)

    @property
    def tokens(self) -> int:
        """That the model wrote for the shown answer."""
        return sum(len(reply.output_ids) for reply in self.replies)

    def show(self, sample: int) -> Solution:
        """With another sample of the vote shown."""
        return replace(self, conversation=self.conversation.browse(sample - self.conversation.turns[-1].chosen))


@dataclass(frozen=True, slots=True)
class Progress:
    """The solution while it grows: `draft` is the turn being written, `running` says that a program runs."""

    solution: Solution
    draft: Draft | None = None
    program_runs: bool = False


def follow(progress: Progress, news: News) -> Progress:
    """The progress after one piece of news."""
    solution = progress.solution
    match news:
        case Asked(question):
            asked = solution.conversation
            if not (solution.mode == "vote" and asked.turns):
                asked = asked.ask(question)
            return Progress(replace(solution, conversation=asked), Draft())
        case Running():
            return replace(progress, program_runs=True)
        case Printed():
            return Progress(replace(solution, printed=(*solution.printed, news)))
        case Tally():
            return replace(progress, solution=replace(solution, tally=news))
        case Ended(why):
            solution = replace(solution, end=why)
            if solution.tally is not None and solution.tally.winner is not None:
                solution = solution.show(solution.tally.winner)
            return Progress(solution)
    draft = step(progress.draft or Draft(), news)
    return _settle(solution, draft) if draft.done else replace(progress, draft=draft)


def _settle(solution: Solution, draft: Draft) -> Progress:
    """The turn is over: what was written of it is kept."""
    asked, reply = solution.conversation, draft.reply
    kept = asked.reply(reply) if reply is not None else asked
    return Progress(replace(solution, conversation=kept, failed=draft.failed))


def answer_rows(progress: Progress, say: Say) -> list[dict[str, object]]:
    """Rows of the Chatbot. What a program printed is its own block, whoever the model was told it from."""
    solution = progress.solution
    drawn = rows(solution.conversation, say, progress.draft)
    shown = list(_printed_rows(drawn, solution, say))
    if len(solution.printed) == len(solution.conversation.turns) > 0:     # printed, and the next turn has not begun
        shown.append(_output(solution.printed[-1], say))
    return shown


def _printed_rows(drawn: Iterable[Row], solution: Solution, say: Say) -> Iterator[dict[str, object]]:
    for row in drawn:
        if row.kind == "question" and 0 < row.turn <= len(solution.printed):
            yield _output(solution.printed[row.turn - 1], say)
        else:
            yield row.shown


def _output(printed: Printed, say: Say) -> dict[str, object]:
    """An open block; a fence longer than any in the output keeps it one block."""
    fence = "`" * max(3, 1 + max((len(run) for run in _runs(printed.text)), default=0))
    title = say("math.output_failed" if printed.failed else "math.output", seconds=f"{printed.seconds:.2f}")
    if printed.left_out:
        title += " · " + say("math.output_cut", n=printed.left_out)
    text = f"{fence}text\n{printed.text}\n{fence}"
    return {"role": "assistant", "content": [{"type": "text", "text": text}], "metadata": {"title": title}}


def _runs(text: str) -> list[str]:
    return ["`" * len(run) for run in "".join(c if c == "`" else " " for c in text).split()]
