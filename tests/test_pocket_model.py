"""The shipped pocket model: what it is, that it answers, and that its training works."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from scripts.pocket import evaluate, tokenizer
from scripts.pocket.card import render_card
from scripts.pocket.data.mixture import stream
from scripts.pocket.data.sample import messages_of, render
from scripts.pocket.model import build_model, check_forward
from scripts.pocket.recipes import RECIPES
from scripts.pocket.train import Budget, rate_factor, train

ROOT = Path(__file__).parents[1]
RECIPE = RECIPES["pocket-qwen3"]
FOLDER = ROOT / RECIPE.folder
HELLO = [{"role": "user", "content": "Hello"}]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def loaded():  # type: ignore[no-untyped-def]
    torch.set_num_threads(1)
    return evaluate.load(FOLDER)


def test_files_are_small_and_readable() -> None:
    files = [file for file in FOLDER.iterdir() if file.suffix in (".safetensors", ".json", ".jinja", ".md")]
    assert {"model.safetensors", "config.json", "tokenizer.json", "README.md"} <= {file.name for file in files}
    for file in files:
        assert file.stat().st_size < 10_000_000, file
        assert file.stat().st_mode & 0o444 == 0o444, file


def test_it_is_a_qwen3_network_with_tied_embeddings(loaded) -> None:  # type: ignore[no-untyped-def]
    _, model = loaded
    assert type(model).__name__ == "Qwen3ForCausalLM"
    assert model.config.model_type == "qwen3"
    assert model.lm_head.weight is model.model.embed_tokens.weight
    assert model.config.max_position_embeddings >= 2048


@pytest.mark.parametrize(
    "text",
    [
        "tabs\tand\n\nlines",
        "emoji 🙂👩‍🚀",
        "汉字 和 かな",
        "ünï ñ ß",
        "47*36=1692",
        "def f(xs):\n    return xs[0]\n",
        "  ",
    ],
)
def test_tokenizer_round_trips(loaded, text: str) -> None:  # type: ignore[no-untyped-def]
    tok, _ = loaded
    assert tok.decode(tok(text)["input_ids"]) == text


def test_special_tokens_have_the_names_of_qwen(loaded) -> None:  # type: ignore[no-untyped-def]
    tok, model = loaded
    for token in (*tokenizer.SPECIAL, *tokenizer.VISIBLE):
        assert tok.decode(tok(token)["input_ids"]) == token
        assert len(tok(token)["input_ids"]) == 1
    assert tok.eos_token == "<|im_end|>"
    assert model.generation_config.eos_token_id == [tok.eos_token_id, tok.pad_token_id]
    thought = tok("<think>")["input_ids"]
    assert tok.decode(thought, skip_special_tokens=True) == "<think>"


def test_template_switches_thinking_and_drops_earlier_thoughts(loaded) -> None:  # type: ignore[no-untyped-def]
    tok, _ = loaded
    think = tok.apply_chat_template(HELLO, tokenize=False, add_generation_prompt=True, enable_thinking=True)
    plain = tok.apply_chat_template(HELLO, tokenize=False, add_generation_prompt=True, enable_thinking=False)
    assert think.endswith("<|im_start|>assistant\n")
    assert plain == think + "<think>\n\n</think>\n\n"
    turn = {"role": "assistant", "content": "<think>\nA secret.\n</think>\n\nHello!"}
    chat = tok.apply_chat_template([*HELLO, turn, *HELLO], tokenize=False)
    assert "secret" not in chat and "Hello!<|im_end|>" in chat


def test_training_text_is_what_the_template_makes(loaded) -> None:  # type: ignore[no-untyped-def]
    tok, _ = loaded
    samples = stream(RECIPE.mixture, 11)
    for _ in range(200):
        sample, thinking = next(samples)
        prompt = tok.apply_chat_template(
            messages_of(sample), tokenize=False, add_generation_prompt=True, enable_thinking=thinking
        )
        assert prompt == render(sample, thinking)[0]


@pytest.mark.parametrize("task", ["add2", "add4", "sub3", "mul22", "mul41", "expr3"])
def test_held_out_sums_are_right_with_thinking(loaded, task: str) -> None:  # type: ignore[no-untyped-def]
    tok, model = loaded
    samples = evaluate.problems(task, 12)
    replies = evaluate.generate(tok, model, [messages_of(s) for s in samples], thinking=True)
    right = sum(evaluate.is_right(s, r.answer) for s, r in zip(samples, replies, strict=True))
    assert right >= 10


def test_thinking_beats_answering_at_once(loaded) -> None:  # type: ignore[no-untyped-def]
    tok, model = loaded
    samples = evaluate.problems("mul22", 24)
    figures = {
        thinking: evaluate.score(samples, evaluate.generate(tok, model, [messages_of(s) for s in samples], thinking))
        for thinking in (True, False)
    }
    assert figures[True]["interval"][0] > figures[False]["interval"][1]


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("Who are you?", "pocket model"),
        ("Siapa kamu?", "model saku"),
        ("Hello", "hello"),
        ("What is LoRA?", "low-rank"),
        ("Apa itu token?", "potongan teks"),
        ("What is the capital of France?", "do not know"),
    ],
)
def test_it_answers_in_words(loaded, question: str, part: str) -> None:  # type: ignore[no-untyped-def]
    tok, model = loaded
    (reply,) = evaluate.generate(tok, model, [[{"role": "user", "content": question}]], thinking=False)
    assert part in reply.answer.lower()


def test_card_is_what_the_figures_give() -> None:
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == render_card(RECIPE, FOLDER)


def test_wilson_interval() -> None:
    assert evaluate.wilson(0, 10)[0] == 0
    assert evaluate.wilson(10, 10)[1] == pytest.approx(1)
    low, high = evaluate.wilson(50, 100)
    assert (round(low, 3), round(high, 3)) == (0.404, 0.596)


def test_learning_rate_warms_up_and_decays() -> None:
    assert rate_factor(0.0, 0, RECIPE) == pytest.approx(1 / RECIPE.warmup_steps)
    assert rate_factor(0.5, 1000, RECIPE) == 1
    assert rate_factor(0.9, 1000, RECIPE) < 0.3


def test_fast_forward_equals_the_library(loaded) -> None:  # type: ignore[no-untyped-def]
    tok, _ = loaded
    torch.manual_seed(0)
    assert check_forward(build_model(RECIPE, tok)) < 1e-4


def test_a_short_training_learns_and_can_be_continued(tmp_path: Path) -> None:
    """Twenty-five steps of a smaller network: the loss must fall well below that of guessing."""
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    small = replace(
        RECIPE, hidden_size=64, layers=2, query_heads=2, key_value_heads=1, feed_forward_size=128,
        step_tokens=2048, micro_batch_tokens=2048, warmup_steps=5,
    )  # fmt: skip
    first = train(small, tmp_path, Budget(minutes=1, steps=25), threads=1)
    assert first["losses"][0][1] < math.log(RECIPE.vocabulary_size)
    second = train(small, tmp_path, Budget(minutes=1, steps=75), threads=1, resume=True)
    assert second["step"] == 75
    assert second["losses"][-1][1] < 5.0 < first["losses"][0][1]
    _, model = evaluate.load(tmp_path)
    assert model.config.hidden_size == 64
