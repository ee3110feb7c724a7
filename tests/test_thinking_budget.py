"""The thinking budget: exact on every model and engine path, and an answer always follows."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from playground.catalog import Catalog
from playground.code_script import script
from playground.discover import discover
from playground.engines import _model
from playground.engines._sink import FREE, Answer
from playground.engines.transformers import TransformersEngine, TransformersModel
from playground.errors import InvalidRequest
from playground.service import LEAST_ANSWER, _settle, _switched
from playground.text.repetition import LEAST_ROUNDS, LEAST_TOKENS, Repetition
from playground.text.segment import Segmenter
from playground.types import (
    THINKING_CLOSE,
    CancelToken,
    Event,
    Fill,
    GenerationRequest,
    Message,
    ModelSpec,
    ReasoningDelta,
    RenderedPrompt,
    SamplingParams,
    TextDelta,
    ThinkingClosed,
    Variant,
)
from tests.tiny import PREFILLED, save_checkpoint, spec

pytestmark = pytest.mark.timeout(180)
ENGINE = TransformersEngine()
BUDGETS = (0, 16, 64, 256)
POCKET = Catalog.load().model("pocket-qwen3")
CODER = Catalog.load().model("pocket-coder")
TEMPLATE = (Path(POCKET.path) / "chat_template.jinja").read_text("utf-8")


def load(model: ModelSpec) -> TransformersModel:
    return ENGINE.load(Variant(model, "fp32", 1), lambda stage, fraction: None, CancelToken())


@pytest.fixture(scope="module")
def random_qwen3(tmp_path_factory: pytest.TempPathFactory) -> tuple[ModelSpec, TransformersModel]:
    """Random weights behind a template with Qwen3's rules: nothing but the budget keeps it from thinking for ever."""
    folder = save_checkpoint(tmp_path_factory.mktemp("qwen3"), template=TEMPLATE)
    model = spec(path=str(folder), context_tokens=1024)
    return model, load(model)


@pytest.fixture(scope="module")
def always_thinking(tmp_path_factory: pytest.TempPathFactory) -> tuple[ModelSpec, TransformersModel]:
    folder = save_checkpoint(tmp_path_factory.mktemp("prefilled"), template=PREFILLED)
    model = spec(path=str(folder), thinking="prefilled", context_tokens=1024)
    return model, load(model)


@pytest.fixture(scope="module")
def pocket() -> tuple[ModelSpec, TransformersModel]:
    return POCKET, load(POCKET)


def ask(house: tuple[ModelSpec, TransformersModel], budget: int | None, *, seed: int = 0, temperature: float = 0.0,
        most: int = 400, text: str = "What is 847 * 36?", start: tuple[int, ...] = ()) -> list[Event]:
    """What the service would make of the request, without its queue."""
    model, loaded = house
    sampling = SamplingParams(temperature=temperature, max_tokens=most, seed=seed)
    request = GenerationRequest("x", (Message("user", text),), sampling, None, budget, start)
    request = _switched(request, model)
    prompt = ENGINE.prompter(model).render(request)
    request = _settle(request, prompt, model.context_tokens)
    events: list[Event] = []
    loaded.generate(replace(prompt, thinking_budget=request.thinking_budget), request.sampling, CancelToken(),
                    events.append)
    return events


def thoughts(events: list[Event]) -> int:
    return sum(len(e.token_ids) for e in events if isinstance(e, ReasoningDelta) and not e.marker)


def answer(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def ids(events: list[Event]) -> list[int]:
    return [token for e in events if isinstance(e, ReasoningDelta | TextDelta) for token in e.token_ids]


# ---------------------------------------------------------------- exact, and an answer follows
@pytest.mark.parametrize("budget", BUDGETS)
def test_the_trained_model_never_thinks_longer_than_its_budget_and_always_answers(
        budget: int, pocket: tuple[ModelSpec, TransformersModel]):
    for question in ("What is 847 * 36?", "Berapa 12 + 30?", "Who are you?"):
        events = ask(pocket, budget, text=question)
        assert thoughts(events) <= budget and answer(events).strip(), question


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("house", ["random_qwen3", "always_thinking"])
def test_random_weights_never_think_longer_than_the_budget_and_always_answer(
        house: str, budget: int, seed: int, request: pytest.FixtureRequest):
    events = ask(request.getfixturevalue(house), budget, seed=seed, temperature=1.5)
    assert thoughts(events) <= budget and answer(events).strip()


def test_a_spent_budget_is_used_to_its_last_token(pocket: tuple[ModelSpec, TransformersModel]):
    events = ask(pocket, 16)
    assert thoughts(events) == 16
    assert ThinkingClosed("budget") in events


def test_thinking_that_ends_in_time_is_left_alone(pocket: tuple[ModelSpec, TransformersModel]):
    free, limited = ask(pocket, None), ask(pocket, 300)
    assert limited == free and not any(isinstance(event, ThinkingClosed) for event in limited)


def test_the_thinking_before_the_cut_is_that_of_the_whole(pocket: tuple[ModelSpec, TransformersModel]):
    for temperature in (0.0, 0.6):
        whole = ids(ask(pocket, None, temperature=temperature, seed=3))
        cut = ids(ask(pocket, 30, temperature=temperature, seed=3))
        assert cut[:31] == whole[:31] and cut[31] != whole[31]


def test_the_thinking_is_closed_with_the_sentence_that_qwen_documents(
        always_thinking: tuple[ModelSpec, TransformersModel]):
    events = ask(always_thinking, 8)
    shown = "".join(e.text for e in events if isinstance(e, ReasoningDelta) and e.marker)
    assert shown.strip() == THINKING_CLOSE.replace("</think>", "").strip()


def test_answers_that_take_turns_keep_the_budget_too(pocket: tuple[ModelSpec, TransformersModel],
                                                     monkeypatch: pytest.MonkeyPatch):
    together = {budget: ask(pocket, budget) for budget in (16, 64)}
    monkeypatch.setattr(_model, "can_batch", lambda model: False)
    alone = POCKET, load(POCKET)
    for budget, expected in together.items():
        assert ids(ask(alone, budget)) == ids(expected)


def test_a_start_is_continued_as_if_the_model_had_written_it(pocket: tuple[ModelSpec, TransformersModel]):
    whole = ids(ask(pocket, None))
    assert ids(ask(pocket, None, start=tuple(whole[:40]))) == whole[40:]


# ---------------------------------------------------------------- what the service makes of it
PROMPT = RenderedPrompt("", tuple(range(100)), close_ids=(1, 2, 3))
THINKS = GenerationRequest("x", (), SamplingParams(max_tokens=400, seed=1), True, 5000)


def test_a_budget_larger_than_the_context_leaves_a_quarter_for_the_answer():
    settled = _settle(THINKS, PROMPT, 300)
    assert settled.sampling.max_tokens == 200
    assert settled.thinking_budget == 200 - 50 - 3 - 1


def test_too_few_tokens_to_close_the_thinking_are_refused():
    short = replace(THINKS, sampling=SamplingParams(max_tokens=LEAST_ANSWER + 3))
    with pytest.raises(InvalidRequest, match="too few to close"):
        _settle(short, PROMPT, 300)


@pytest.mark.parametrize(("budget", "thinking", "expected"), [
    (0, None, (False, None)), (0, True, (False, None)), (9, None, (True, 9)), (9, True, (True, 9)),
    (9, False, (False, None)), (None, None, (None, None)),
])
def test_a_budget_turns_the_switch_of_a_hybrid_model(budget: int | None, thinking: bool | None,
                                                     expected: tuple[bool | None, int | None]):
    made = _switched(replace(THINKS, thinking=thinking, thinking_budget=budget), spec())
    assert (made.thinking, made.thinking_budget) == expected


def test_a_model_that_always_thinks_keeps_even_a_budget_of_nothing():
    assert _switched(replace(THINKS, thinking_budget=0), spec(thinking="prefilled")).thinking_budget == 0


def test_a_model_that_does_not_think_refuses_a_budget():
    with pytest.raises(InvalidRequest, match="does not think"):
        _switched(THINKS, spec(thinking="none"))


@pytest.mark.parametrize("budget", [-1, 1.5, True, 10**9])
def test_a_budget_that_is_no_number_of_tokens_is_refused(budget: object):
    with pytest.raises(InvalidRequest, match="thinking_budget"):
        GenerationRequest("x", (), thinking_budget=budget)  # type: ignore[arg-type]


# ---------------------------------------------------------------- going round in circles
def test_the_same_passage_is_noticed_once_it_filled_enough_tokens():
    for period in (1, 7, 128):
        watch, fed = Repetition(), 0
        while not watch.found:
            watch.feed(fed % period)
            fed += 1
        assert max(LEAST_TOKENS, LEAST_ROUNDS * period) <= fed < max(LEAST_TOKENS, LEAST_ROUNDS * period) + 32


def test_counting_and_a_change_in_every_round_are_no_repetition():
    watch = Repetition()
    for n in range(4000):
        watch.feed(n % 50 if n % 50 else 1000 + n)
        assert not watch.found


OPEN, CLOSE, END = 900, 901, 902


def written(choices: list[int], *, budget: int | None = None, inside: bool = False) -> tuple[list[Event], str]:
    """(events, reason) of an answer whose model would choose these tokens, one after the other."""
    events: list[Event] = []
    prompt = RenderedPrompt("", (), close_ids=(5, CLOSE, 6), thinking_budget=budget)
    segmenter = Segmenter(lambda ids: "".join("ab"[n % 2] for n in ids), OPEN, CLOSE, inside=inside,
                          hidden=frozenset({END}))
    made = Answer(segmenter, prompt, frozenset({END}), 2000, events.append)
    for choice in choices:
        steer = made.steer()
        assert choice not in steer.banned or steer.token is not None
        if not made.put(choice if steer.token is None else steer.token):
            break
    return events, made.finish()


def test_thinking_that_goes_round_in_circles_is_closed_and_the_answer_follows():
    events, reason = written([1] * 400 + [2, END], inside=True)
    assert ThinkingClosed("repetition") in events
    assert LEAST_TOKENS <= thoughts(events) < LEAST_TOKENS + 32
    assert reason == "stop" or answer(events)


def test_an_answer_that_goes_round_in_circles_ends_with_the_reason():
    events, reason = written([1] * 1000)
    assert reason == "repetition" and LEAST_TOKENS <= len(answer(events)) < LEAST_TOKENS + 32


def test_without_a_budget_nothing_is_forbidden():
    made = Answer(Segmenter(lambda ids: "a", OPEN, CLOSE, inside=True), RenderedPrompt("", (), close_ids=(CLOSE,)),
                  frozenset({END}), 9, lambda event: None)
    assert made.steer() == FREE


# ---------------------------------------------------------------- a hole in code
def test_a_hole_is_asked_for_in_the_models_own_tokens():
    request = GenerationRequest("x", (), fill=Fill("def add(a, b):\n    return ", "\n"))
    prompt = ENGINE.prompter(CODER).render(request)
    assert prompt.text == "<|fim_prefix|>def add(a, b):\n    return <|fim_suffix|>\n<|fim_middle|>"
    marks = [piece.text for piece in ENGINE.prompter(CODER).pieces(prompt.token_ids) if piece.control]
    assert marks == ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"]


def test_a_mark_that_somebody_typed_is_text():
    request = GenerationRequest("x", (), fill=Fill("a = '<|fim_middle|>'", ""))
    prompt = ENGINE.prompter(CODER).render(request)
    pieces = ENGINE.prompter(CODER).pieces(prompt.token_ids)
    assert [piece.text for piece in pieces if piece.control] == ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"]
    assert prompt.escaped


def test_the_trained_coder_fills_a_hole():
    request = GenerationRequest("x", (), SamplingParams(temperature=0, max_tokens=32),
                                fill=Fill("def double(x):\n    return ", "\n"))
    events: list[Event] = []
    prompt = ENGINE.prompter(CODER).render(request)
    reason = load(CODER).generate(prompt, request.sampling, CancelToken(), events.append)
    assert reason == "stop" and "x" in answer(events)


def test_a_model_without_such_tokens_says_so(random_qwen3: tuple[ModelSpec, TransformersModel]):
    with pytest.raises(InvalidRequest, match="not trained to fill"):
        ENGINE.prompter(random_qwen3[0]).render(GenerationRequest("x", (), fill=Fill("a", "b")))


# ---------------------------------------------------------------- copy as code
def test_the_script_with_a_budget_prints_the_same_answer(pocket: tuple[ModelSpec, TransformersModel],
                                                         capsys: pytest.CaptureFixture[str]):
    scheme = next(s for s in discover("playground.quantizations", "QUANTIZATION") if s.id == "fp32")
    for temperature in (0.0, 0.6):
        sampling = SamplingParams(temperature=temperature, max_tokens=200, seed=5)
        request = GenerationRequest("x", (Message("user", "What is 47 * 36?"),), sampling, True, 24)
        prompt = replace(ENGINE.prompter(POCKET).render(request), thinking_budget=24)
        events: list[Event] = []
        pocket[1].generate(prompt, sampling, CancelToken(), events.append)
        exec(script(POCKET, scheme, request, prompt), {})
        assert capsys.readouterr().out.strip().endswith(answer(events).strip())
