"""Answers that are written together on one model: the same tokens as alone, and nobody disturbs anybody."""
from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from playground.engines import _batch
from playground.engines._kv import BatchCache, PrefixStore
from playground.engines._model import TransformersModel
from playground.engines.transformers import ENGINE
from playground.errors import OutOfMemory
from playground.types import CancelToken, Event, RenderedPrompt, SamplingParams, Variant
from tests.tiny import request, save_checkpoint, spec

pytestmark = pytest.mark.timeout(120)
GREEDY = SamplingParams(temperature=0, max_tokens=24)
QUESTIONS = ["What is 12 + 30?", "Halo", "A longer question, to have another length " * 3, "x", "def add(a, b):",
             "The quick brown fox", "42 42 42", "user system assistant"]


@pytest.fixture(scope="module", params=["qwen2", "qwen3"])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> TransformersModel:
    folder = save_checkpoint(tmp_path_factory.mktemp("tiny"), kind=request.param)
    return load(str(folder))


def load(path: str) -> TransformersModel:
    return ENGINE.load(Variant(spec(path=path), "fp32", 1), lambda stage, fraction: None, CancelToken())


def prompt_of(loaded: TransformersModel, text: str) -> RenderedPrompt:
    return loaded._prompter.render(request(text))


def tokens_of(loaded: TransformersModel, prompt: RenderedPrompt, sampling: SamplingParams = GREEDY,
              cancel: CancelToken | None = None, listen: Callable[[Event], None] = lambda event: None) -> list[int]:
    events: list[Event] = []

    def emit(event: Event) -> None:
        events.append(event)
        listen(event)

    loaded.generate(prompt, sampling, cancel or CancelToken(), emit)
    return [token for event in events for token in event.token_ids]  # type: ignore[union-attr]


def together(loaded: TransformersModel, prompts: list[RenderedPrompt], samplings: list[SamplingParams]
             ) -> list[list[int]]:
    """All at once: nobody gets a second token before everybody is there."""
    everybody = threading.Barrier(len(prompts))

    def one(prompt: RenderedPrompt, sampling: SamplingParams) -> list[int]:
        everybody.wait()
        return tokens_of(loaded, prompt, sampling)

    with ThreadPoolExecutor(len(prompts)) as pool:
        return list(pool.map(one, prompts, samplings))


# ---------------------------------------------------------------- the same answers
def test_greedy_answers_written_together_are_those_of_transformers_generate(loaded: TransformersModel) -> None:
    import torch

    prompts = [prompt_of(loaded, text) for text in QUESTIONS]
    expected = []
    for prompt in prompts:
        ids = torch.tensor([prompt.token_ids])
        with torch.inference_mode():
            out = loaded._model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False,
                                         max_new_tokens=GREEDY.max_tokens)[0, ids.shape[1]:].tolist()
        expected.append([token for token in out if token not in prompt.eos_token_ids])
    assert together(loaded, prompts, [GREEDY] * len(prompts)) == expected


def test_seeds_draw_the_same_tokens_alone_and_together(loaded: TransformersModel) -> None:
    prompts = [prompt_of(loaded, text) for text in QUESTIONS]
    samplings = [SamplingParams(temperature=(0.5, 1.0)[n % 2], top_k=(0, 20)[n % 3 == 0], min_p=0.01 * n, seed=n,
                                repetition_penalty=1 + 0.1 * (n % 2), max_tokens=20) for n in range(len(prompts))]
    alone = [tokens_of(loaded, *pair) for pair in zip(prompts, samplings, strict=True)]
    assert together(loaded, prompts, samplings) == alone
    assert len(set(map(tuple, alone))) == len(alone)


def test_a_second_turn_reads_only_what_is_new_and_answers_the_same(tmp_path: Any) -> None:
    loaded, fresh = (load(str(save_checkpoint(tmp_path))) for _ in range(2))
    history = prompt_of(loaded, "What is 12 + 30? " * 20)
    first = tokens_of(loaded, history)
    ids = (*history.token_ids, *first, *history.token_ids[:9])
    turn = replace(history, token_ids=ids)
    read: list[int] = []
    forward = loaded._model.forward

    def counted(*args: Any, **kwargs: Any) -> Any:
        read.append(kwargs["input_ids"].shape[1])
        return forward(*args, **kwargs)

    loaded._model.forward = counted
    again = tokens_of(loaded, turn)
    # the last token of the first answer was chosen but never read
    assert read[0] == 9 + 1 and set(read[1:]) == {1}
    assert again == tokens_of(fresh, turn)


def test_a_long_prompt_is_read_in_parts_while_others_get_their_tokens(
    loaded: TransformersModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts = [prompt_of(loaded, "short"), prompt_of(loaded, "long " * 60)]
    alone = [tokens_of(loaded, prompt) for prompt in prompts]
    loaded._batch._prefixes.clear()  # type: ignore[union-attr]
    monkeypatch.setattr(_batch, "PREFILL_TOKENS", 16)
    assert together(loaded, prompts, [GREEDY, GREEDY]) == alone


# ---------------------------------------------------------------- nobody disturbs anybody
def test_a_stopped_answer_ends_alone(loaded: TransformersModel) -> None:
    stopped, prompts = CancelToken(), [prompt_of(loaded, text) for text in QUESTIONS[:2]]
    expected = tokens_of(loaded, prompts[0])
    with ThreadPoolExecutor(2) as pool:
        other = pool.submit(tokens_of, loaded, prompts[0])
        cut = pool.submit(tokens_of, loaded, prompts[1], replace(GREEDY, max_tokens=400), stopped,
                          lambda event: stopped.cancel())
        assert len(cut.result()) < 400
        assert other.result() == expected


def test_a_broken_listener_fails_its_own_answer(loaded: TransformersModel) -> None:
    prompts = [prompt_of(loaded, text) for text in QUESTIONS[:2]]
    expected = tokens_of(loaded, prompts[0])

    def broken(event: Event) -> None:
        raise RuntimeError("the reader is gone")

    with ThreadPoolExecutor(2) as pool:
        other = pool.submit(tokens_of, loaded, prompts[0])
        bad = pool.submit(tokens_of, loaded, prompts[1], GREEDY, None, broken)
        with pytest.raises(RuntimeError, match="reader is gone"):
            bad.result()
        assert other.result() == expected
    assert tokens_of(loaded, prompts[1])


def test_when_memory_runs_out_the_longest_conversation_ends_and_the_others_go_on(loaded: TransformersModel) -> None:
    import torch

    short, long = prompt_of(loaded, "x"), prompt_of(loaded, "a long one " * 20)
    expected = tokens_of(loaded, short)
    forward, failed = loaded._model.forward, []

    def once(*args: Any, **kwargs: Any) -> Any:
        if kwargs["input_ids"].shape[0] == 2 and not failed:
            failed.append(True)
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(*args, **kwargs)

    loaded._model.forward = once
    try:
        sampling = replace(GREEDY, max_tokens=200)
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(tokens_of, loaded, long, sampling)
            other = pool.submit(tokens_of, loaded, short, sampling)
            with pytest.raises(OutOfMemory, match="while answering"):
                first.result()
            assert other.result()[: len(expected)] == expected
    finally:
        loaded._model.forward = forward


def test_closing_ends_the_thread_and_keeps_nothing(tmp_path: Any) -> None:
    import gc
    import weakref

    loaded = load(str(save_checkpoint(tmp_path)))
    before = set(threading.enumerate())
    tokens_of(loaded, prompt_of(loaded, "hello"))
    (worker,) = set(threading.enumerate()) - before
    weights = weakref.ref(loaded._model)
    loaded.close()
    gc.collect()
    assert not worker.is_alive() and weights() is None


def test_models_whose_layers_keep_other_state_take_turns(tmp_path: Any) -> None:
    loaded = load(str(save_checkpoint(tmp_path)))
    assert _batch.can_batch(loaded._model) and loaded.max_concurrency == _batch.MOST_ROWS
    loaded._model.config.layer_types = ["full_attention", "sliding_attention"]
    assert not _batch.can_batch(loaded._model)


# ---------------------------------------------------------------- keys and values
def pairs(*lengths: int, seed: int = 0) -> list[Any]:
    import torch

    random = torch.Generator().manual_seed(seed)
    return [[(torch.randn(1, 2, length, 4, generator=random), torch.randn(1, 2, length, 4, generator=random))
             for _ in range(3)] for length in lengths]


def same(a: Any, b: Any) -> bool:
    import torch

    return all(torch.equal(x, y) for one, other in zip(a, b, strict=True) for x, y in zip(one, other, strict=True))


def test_rows_of_the_batch_stay_what_they_were_through_steps_joins_and_leaves() -> None:
    import torch

    cache, rows = BatchCache(), pairs(5, 90, 1)
    expected = [[list(pair) for pair in row] for row in rows]
    for row in rows:
        cache.add(row)
    for step in range(100):
        for layer in range(3):
            new = torch.full((cache.rows, 2, 1, 4), float(step))
            cache.update(new, new, layer)
            for row in expected:
                row[layer] = [torch.cat([tensor, new[:1]], dim=2) for tensor in row[layer]]
        cache.advance()
        if step == 50:
            assert all(same(cache.row(i), row) for i, row in enumerate(expected))
            cache.keep([2, 0])
            expected = [expected[2], expected[0]]
    assert cache.lengths == [101, 105] and all(same(cache.row(i), row) for i, row in enumerate(expected))
    assert cache.mask().shape == (2, 1, 1, 106) and cache.mask()[0, 0, 0].tolist()[:5] == [False] * 4 + [True]
    cache.keep([])
    assert cache.rows == 0 and cache.bytes == 0


def test_a_row_moves_in_and_out_without_two_copies_of_more_than_one_layer() -> None:
    """Half of a long conversation's memory would otherwise be gone while it begins, and again when it ends."""
    cache, (row,) = BatchCache(), pairs(5)
    expected, layers = list(row), [weakref.ref(tensor) for pair in row for tensor in pair]
    del expected
    cache.add(row)
    assert row == [] and not [ref() for ref in layers if ref() is not None]
    taken = cache.row(0)
    assert cache.rows == 0 and cache.bytes == 0 and [keys.shape for keys, _ in taken] == [(1, 2, 5, 4)] * 3


def test_what_conversations_take_is_told_and_past_ones_are_dropped_on_demand(tmp_path: Any) -> None:
    loaded = load(str(save_checkpoint(tmp_path)))
    sizes, config = loaded.kv_bytes, loaded._model.config
    per_token = 2 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim * 4

    def answered(question: str) -> int:
        """Bytes of the conversation; the last token was chosen but never read."""
        prompt = prompt_of(loaded, question)
        return (len(prompt.token_ids) + len(tokens_of(loaded, prompt)) - 1) * per_token

    first = answered("x")
    assert sizes == 0 and loaded.kv_bytes == first
    second = answered("Halo")
    assert loaded.kv_bytes == first + second
    loaded.forget()                       # the worker sees it before the next question
    assert answered("42 42 42") == loaded.kv_bytes
    loaded.close()


def test_prefixes_are_found_by_their_tokens_and_the_oldest_go_first() -> None:
    one, two, three = pairs(4, 6, 5)
    size = sum(t.numel() * 4 for pair in two for t in pair)
    store = PrefixStore(size * 2)
    store.put((1, 2, 3, 4), one)
    store.put((1, 2, 3, 4, 5, 6), two)                # the same conversation, one turn later
    assert store.bytes == size
    shared, found = store.longest((1, 2, 3, 9, 9))
    assert shared == 3 and same(found, [(k[:, :, :3], v[:, :, :3]) for k, v in two])
    assert store.longest((1, 2, 3, 4, 5, 6))[0] == 5  # the last token must be run
    assert store.longest((7,)) == (0, [])
    store.put((8, 8, 8, 8, 8), three)
    store.longest((1, 2, 3))
    store.put((9, 9, 9, 9, 9), pairs(5)[0])           # full: the least recently used one goes
    assert store.longest((8, 8, 8))[0] == 0 and store.longest((1, 2, 3))[0] == 2
    store.put(tuple(range(100)), pairs(100)[0])       # larger than everything: not kept
    assert store.bytes <= size * 2 and store.longest((0, 1, 2, 3))[0] == 0
