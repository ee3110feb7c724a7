"""How the pocket models are trained: the fast forward pass, starting from another model, and a smoke run of each."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoTokenizer

from scripts.pocket.answers import generate, load
from scripts.pocket.batches import training_batches
from scripts.pocket.evaluate import modes, problems, score, tasks_of
from scripts.pocket.experts import Balance, trained_parameters
from scripts.pocket.model import build_model, check_forward, hidden_states, target_loss
from scripts.pocket.optimizers import rate_factor
from scripts.pocket.recipes import RECIPES, Recipe, smoke
from scripts.pocket.start import start_from
from scripts.pocket.train import Budget, train
from scripts.pocket.transplant import transplant_embeddings

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / RECIPES["pocket-qwen3"].folder
MOE = RECIPES["pocket-moe"]
EACH = pytest.mark.parametrize("recipe", list(RECIPES.values()), ids=lambda recipe: recipe.name)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def tok():  # type: ignore[no-untyped-def]
    torch.set_num_threads(1)
    return AutoTokenizer.from_pretrained(FOLDER)


@EACH
def test_fast_forward_equals_the_library(recipe: Recipe, tok) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(0)
    assert check_forward(build_model(recipe, tok)) < 1e-4


def test_learning_rate_warms_up_and_decays() -> None:
    recipe = RECIPES["pocket-qwen3"]
    assert rate_factor(0.0, 0, recipe) == pytest.approx(1 / recipe.warmup_steps)
    assert rate_factor(0.5, 1000, recipe) == 1
    assert rate_factor(0.9, 1000, recipe) < 0.3


# ---------------------------------------------------------------- experts
def test_the_experts_use_no_more_parameters_a_token_than_the_dense_model(tok) -> None:  # type: ignore[no-untyped-def]
    dense = sum(p.numel() for p in build_model(RECIPES["pocket-qwen3"], tok).parameters())
    model = build_model(MOE, tok)
    idle = sum(p.numel() for n, p in model.named_parameters() if ".experts." in n) * (1 - 2 / MOE.experts)
    assert sum(p.numel() for p in model.parameters()) - idle <= dense


def test_the_matrices_that_are_trained_are_the_models_own_weights(tok) -> None:  # type: ignore[no-untyped-def]
    model = build_model(MOE, tok)
    matrix = model.model.layers[0].mlp.matrices[3][0]
    with torch.no_grad():
        matrix.fill_(0.5)
    assert bool((model.model.layers[0].mlp.experts.gate_up_proj[3] == 0.5).all())
    names = [name for name, _ in trained_parameters(model)]
    assert names.count("expert") == MOE.layers * MOE.experts * 2 and not any(".experts." in name for name in names)


def test_balance_is_one_when_all_experts_are_equally_busy_and_ignores_padding() -> None:
    even = torch.full((8, 4), 0.25)
    chosen = torch.tensor([[0, 1], [2, 3]] * 4)
    balance = Balance(torch.ones(8, dtype=torch.bool))
    balance.add(even, chosen)
    assert float(balance.loss()) == pytest.approx(1)
    one = Balance(torch.tensor([True, False]))
    one.add(torch.tensor([[1.0, 0, 0, 0], [0, 0, 0, 1.0]]), torch.tensor([[0, 0], [3, 3]]))
    assert float(one.loss()) == pytest.approx(4) and one.shares[0].tolist() == [1, 0, 0, 0]


# ---------------------------------------------------------------- starting from another model
@pytest.mark.parametrize("name", ["pocket-qwen3", "pocket-moe"])
def test_a_copy_of_the_same_class_computes_the_same(name: str, tok) -> None:  # type: ignore[no-untyped-def]
    folder = RECIPES[name].folder
    _, shipped = load(folder)
    model = build_model(RECIPES[name], tok)
    assert start_from(model, tok, folder) == []
    ids = tok("What is 47 * 36?", return_tensors="pt")["input_ids"]
    with torch.no_grad():
        assert torch.allclose(model(ids).logits, shipped(ids).logits, atol=1e-4)


def test_experts_made_from_a_dense_model_begin_close_to_it(tok) -> None:  # type: ignore[no-untyped-def]
    _, shipped = load(FOLDER)
    torch.manual_seed(0)
    model = build_model(MOE, tok)
    ids = tok("What is 47 * 36?", return_tensors="pt")["input_ids"]
    with torch.no_grad():
        wanted = shipped.model(ids).last_hidden_state
        before = (model.model(ids).last_hidden_state - wanted).norm()
        start_from(model, tok, FOLDER)
        after = (hidden_states(model, ids, torch.float32) - wanted).norm()
    assert after < 0.35 * before


def test_a_new_token_begins_as_the_mean_of_its_old_pieces(tok) -> None:  # type: ignore[no-untyped-def]
    _, shipped = load(FOLDER)
    wider = AutoTokenizer.from_pretrained(FOLDER)
    wider.add_tokens(["qqzz"])
    rows = transplant_embeddings(shipped, tok, wider)
    pieces = tok("qqzz", add_special_tokens=False)["input_ids"]
    old = shipped.get_input_embeddings().weight
    assert torch.allclose(rows[wider.convert_tokens_to_ids("qqzz")], old[pieces].mean(0), atol=1e-6)
    assert torch.equal(rows[tok.convert_tokens_to_ids("7")], old[tok.convert_tokens_to_ids("7")])


# ---------------------------------------------------------------- smoke runs
@EACH
def test_a_smoke_run_learns_two_tasks_and_can_be_continued(recipe: Recipe, tmp_path: Path) -> None:
    """Measured: held-out questions of two tasks, which guessing does not answer."""
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    small = smoke(recipe)
    first = train(small, tmp_path, Budget(minutes=1, steps=50), threads=1)
    assert first["losses"][0][1] < math.log(recipe.vocabulary_size)
    second = train(small, tmp_path, Budget(minutes=1, steps=300), threads=1, resume=True)
    assert second["step"] == 300 and second["losses"][-1][1] < 0.5 * first["losses"][0][1]
    tokenizer, model = load(tmp_path)
    assert model.config.hidden_size == small.hidden_size
    right = n = 0
    for group, task in tasks_of(small):
        samples = problems(group, task, 25)
        figures = score(group, samples, generate(tokenizer, model, samples, modes(small)[-1][1]))
        right, n = right + figures["right"], n + figures["n"]
    assert right >= 0.5 * n


def test_the_same_seed_gives_the_same_batches_and_the_same_loss(tok) -> None:  # type: ignore[no-untyped-def]
    recipe = replace(RECIPES["pocket-qwen3"], micro_batch_tokens=1024)
    losses = []
    for _ in range(2):
        _, (ids, labels) = next(training_batches(recipe, tok, seed=3, first_block=0))
        torch.manual_seed(0)
        losses.append(float(target_loss(build_model(recipe, tok), ids, labels)))
    assert losses[0] == losses[1]
