"""The shipped pocket models: what they are, that they answer, and what their cards say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from scripts.pocket import tokenizer
from scripts.pocket.answers import Reply, complete, generate, load
from scripts.pocket.card import render_card
from scripts.pocket.data.mixture import stream
from scripts.pocket.data.sample import Sample, messages_of, render
from scripts.pocket.evaluate import modes, problems, score, tasks_of, wilson
from scripts.pocket.judge import are_right
from scripts.pocket.recipes import RECIPES, Recipe
from scripts.pocket.vision.card import render_card as vision_card
from scripts.pocket.vision.recipe import POCKET_VL

ROOT = Path(__file__).parents[1]
SHIPPED = [recipe for recipe in RECIPES.values() if (ROOT / recipe.folder / "config.json").exists()]
FOLDERS = sorted(path.parent for path in (ROOT / "assets" / "models").glob("*/config.json"))
POCKET = ROOT / RECIPES["pocket-qwen3"].folder
HELLO = [{"role": "user", "content": "Hello"}]
EACH = pytest.mark.parametrize("recipe", SHIPPED, ids=lambda recipe: recipe.name)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def loaded():  # type: ignore[no-untyped-def]
    torch.set_num_threads(1)
    models = {}

    def get(recipe: Recipe):  # type: ignore[no-untyped-def]
        if recipe.name not in models:
            models[recipe.name] = load(ROOT / recipe.folder)
        return models[recipe.name]

    return get


# ---------------------------------------------------------------- what is in the folders
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_files_are_small_and_readable(folder: Path) -> None:
    files = [file for file in folder.iterdir() if file.suffix in (".safetensors", ".json", ".jinja", ".md")]
    assert {"config.json", "tokenizer.json", "README.md", "training.json"} <= {file.name for file in files}
    for file in files:
        assert file.stat().st_size < 10_000_000, file
        assert file.stat().st_mode & 0o444 == 0o444, file


def test_the_family_is_small() -> None:
    assert sum(file.stat().st_size for folder in FOLDERS for file in folder.rglob("*")) < 60_000_000


@EACH
def test_a_model_is_of_the_class_it_says_with_tied_embeddings(recipe: Recipe, loaded) -> None:  # type: ignore[no-untyped-def]
    _, model = loaded(recipe)
    assert model.config.model_type == recipe.architecture
    assert model.lm_head.weight is model.model.embed_tokens.weight
    assert model.config.max_position_embeddings >= 2048
    assert (recipe.experts > 0) == hasattr(model.model.layers[0].mlp, "experts")


@EACH
def test_card_is_what_the_figures_give(recipe: Recipe) -> None:
    folder = ROOT / recipe.folder
    assert (folder / "README.md").read_text(encoding="utf-8") == render_card(recipe, folder)


def test_the_card_of_the_vision_model_is_what_its_figures_give() -> None:
    folder = ROOT / POCKET_VL.folder
    assert (folder / "README.md").read_text(encoding="utf-8") == vision_card(POCKET_VL, folder)


@EACH
def test_the_training_is_told_with_command_seed_time_and_machine(recipe: Recipe) -> None:
    told = json.loads((ROOT / recipe.folder / "training.json").read_text(encoding="utf-8"))
    assert f"scripts.pocket train {recipe.name}" in told["command"]
    assert f"--seed {told['seed']} " in f"{told['command']} "
    assert told["wall_minutes"] > 0 and told["cpu_minutes"] > 0 and told["machine"] and told["tokens"] > 0


# ---------------------------------------------------------------- tokenizer and template
def test_the_family_shares_one_tokenizer() -> None:
    found = {file.read_bytes() for file in (ROOT / "assets/models").glob("*/tokenizer.json")}
    assert len(found) == 1


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
    tok, _ = loaded(RECIPES["pocket-qwen3"])
    assert tok.decode(tok(text)["input_ids"]) == text


@EACH
def test_special_tokens_have_the_names_of_qwen(recipe: Recipe, loaded) -> None:  # type: ignore[no-untyped-def]
    tok, model = loaded(recipe)
    for token in (*tokenizer.SPECIAL, *tokenizer.VISIBLE):
        assert tok.decode(tok(token)["input_ids"]) == token
        assert len(tok(token)["input_ids"]) == 1
    assert tok.eos_token == "<|im_end|>"
    assert model.generation_config.eos_token_id == [tok.eos_token_id, tok.pad_token_id]
    thought = tok("<think>")["input_ids"]
    assert tok.decode(thought, skip_special_tokens=True) == "<think>"


def test_template_switches_thinking_and_drops_earlier_thoughts(loaded) -> None:  # type: ignore[no-untyped-def]
    tok, _ = loaded(RECIPES["pocket-qwen3"])
    think = tok.apply_chat_template(HELLO, tokenize=False, add_generation_prompt=True, enable_thinking=True)
    plain = tok.apply_chat_template(HELLO, tokenize=False, add_generation_prompt=True, enable_thinking=False)
    assert think.endswith("<|im_start|>assistant\n")
    assert plain == think + "<think>\n\n</think>\n\n"
    turn = {"role": "assistant", "content": "<think>\nA secret.\n</think>\n\nHello!"}
    chat = tok.apply_chat_template([*HELLO, turn, *HELLO], tokenize=False)
    assert "secret" not in chat and "Hello!<|im_end|>" in chat


@EACH
def test_training_text_is_what_the_template_makes(recipe: Recipe, loaded) -> None:  # type: ignore[no-untyped-def]
    tok, _ = loaded(recipe)
    samples = stream(recipe.mixture, 11)
    for _ in range(200):
        sample, thinking = next(samples)
        switch = {} if thinking is None else {"enable_thinking": thinking}
        prompt = tok.apply_chat_template(messages_of(sample), tokenize=False, add_generation_prompt=True, **switch)
        assert sample.prompt or prompt == render(sample, thinking)[0]


# ---------------------------------------------------------------- answers
@EACH
def test_held_out_questions_are_answered_as_well_as_the_card_says(recipe: Recipe, loaded) -> None:  # type: ignore[no-untyped-def]
    """A handful of every task; together they must not fall far below the measured share."""
    measured = json.loads((ROOT / recipe.folder / "evaluation.json").read_text(encoding="utf-8"))["tasks"]
    mode, thinking = modes(recipe)[0]
    right, expected, n = 0, 0.0, 0
    for group, task in tasks_of(recipe):
        samples = problems(group, task, 6)
        figures = score(group, samples, generate(*loaded(recipe), samples, thinking))
        right, n = right + figures["right"], n + figures["n"]
        expected += figures["n"] * measured[task][mode]["right"] / measured[task][mode]["n"]
    assert right >= expected - 3 * (n * 0.25) ** 0.5


def test_thinking_beats_answering_at_once(loaded) -> None:  # type: ignore[no-untyped-def]
    samples = problems("arithmetic", "mul22", 24)
    figures = {
        thinking: score("arithmetic", samples, generate(*loaded(RECIPES["pocket-qwen3"]), samples, thinking))
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
    (reply,) = generate(*loaded(RECIPES["pocket-qwen3"]), [Sample("chat", question, "", "")], thinking=False)
    assert part in reply.answer.lower()


@EACH
def test_the_questions_of_the_picker_are_answered(recipe: Recipe, loaded) -> None:  # type: ignore[no-untyped-def]
    """The four questions each language offers end by themselves, and none is declined or garbled."""
    from playground.catalog import Catalog

    model = Catalog.load().model(recipe.name)
    questions = [Sample("example", question, "", "") for each in model.examples.values() for question in each]
    for sample, reply in zip(questions, generate(*loaded(recipe), questions, modes(recipe)[0][1]), strict=True):
        assert reply.stopped and reply.answer.strip(), sample.question
        declined = any(no in reply.answer for no in ("do not know", "tidak tahu", "cannot", "tidak bisa"))
        assert not declined, sample.question


def test_every_shipped_model_answers_in_the_app(tmp_path: Path) -> None:
    """Also the one for pictures: without a picture it says who it is."""
    from playground.catalog import Catalog
    from playground.engines.transformers import TransformersEngine
    from playground.types import CancelToken, Event, GenerationRequest, Message, SamplingParams, TextDelta

    catalog, engine = Catalog.load(), TransformersEngine(threads=1)
    shipped = [model for model in catalog.models() if model.pocket]
    assert {model.id for model in shipped} == {folder.name for folder in FOLDERS}
    for model in shipped:
        variant = catalog.variant(model.id)
        loaded = engine.load(variant, lambda stage, fraction: None, CancelToken())
        request = GenerationRequest(variant.key, (Message("user", "Who are you?"),), SamplingParams(temperature=0.0))
        events: list[Event] = []
        reason = loaded.generate(engine.prompter(model).render(request), request.sampling, CancelToken(), events.append)
        loaded.close()
        said = "".join(event.text for event in events if isinstance(event, TextDelta))
        assert reason == "stop" and "project" in said, model.id


# ---------------------------------------------------------------- the figures
def test_wilson_interval() -> None:
    assert wilson(0, 10)[0] == 0
    assert wilson(10, 10)[1] == pytest.approx(1)
    low, high = wilson(50, 100)
    assert (round(low, 3), round(high, 3)) == (0.404, 0.596)


def test_a_reply_that_meets_its_limit_is_counted_as_not_stopped(loaded) -> None:  # type: ignore[no-untyped-def]
    prompt = render(Sample("chat", "What is 4711 + 815?", "", ""), True)[0]
    (cut,) = complete(*loaded(RECIPES["pocket-qwen3"]), [prompt], max_new_tokens=5)
    (whole,) = complete(*loaded(RECIPES["pocket-qwen3"]), [prompt])
    assert (cut.tokens, cut.stopped) == (5, False) and whole.stopped and "5526" in whole.answer


@pytest.mark.parametrize(("answer", "right"), [("1 + 1 = 2", True), ("2", True), ("1 + 1 = 3", False), ("", False)])
def test_a_sum_is_right_by_the_number_after_the_last_sign(answer: str, right: bool) -> None:
    assert are_right("arithmetic", [Sample("add1", "1+1", "", "1 + 1 = 2", gold="2")], [answer]) == [right]


def test_what_follows_the_thinking_is_the_answer_and_code_keeps_its_spaces() -> None:
    assert Reply("<think>\nx\n</think>\n\n5", 9).answer == "5"
    assert Reply("    return x", 3).answer == "    return x"
