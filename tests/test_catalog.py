"""The catalogue: every data file, names and nearest names, folders a newcomer adds, and the page made from it."""
from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from playground.catalog import Catalog, default_scheme
from playground.catalog.catalog import MODELS_DIR
from playground.catalog.table import table
from playground.errors import InvalidRequest, PlaygroundError, UnknownName
from playground.memory import parameter_count
from playground.paths import ROOT
from tests.fake_hub import safetensors

CATALOG = Catalog.load()
HUB_MODELS = [model for model in CATALOG.models() if model.repo]
CONFIG = {"model_type": "qwen3", "num_hidden_layers": 2, "hidden_size": 8, "num_attention_heads": 2,
          "num_key_value_heads": 1, "head_dim": 4, "intermediate_size": 16, "vocab_size": 10,
          "tie_word_embeddings": True, "max_position_embeddings": 2048}
SIX_LINES = """family: mine
models:
  - id: my-qwen
    path: weights/my-qwen
    license: apache-2.0
    purpose: {en: Mine., id: Punyaku.}
"""


def model_folder(folder: Path, values: int = 1000, **changes: object) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG | changes))
    (folder / "model.safetensors").write_bytes(safetensors(values))
    return folder


def with_file(tmp_path: Path, text: str) -> Catalog:
    (tmp_path / "models").mkdir(exist_ok=True)
    (tmp_path / "models" / "mine.yaml").write_text(text)
    return Catalog.load(tmp_path / "models", tmp_path)


# ---------------------------------------------------------------- the packaged families
def test_every_family_of_the_brief_is_there() -> None:
    families = {model.family for model in HUB_MODELS}
    assert families >= {"qwen1.5", "qwen2", "qwen2-moe", "qwen2.5", "qwen2.5-coder", "qwen2.5-math", "qwen2.5-vl",
                        "qwen2-vl", "qwen2-audio", "qwen3", "qwen3-vl", "qwen3-coder", "qwen3.5", "qwen3.6"}
    assert families == {file.stem for file in MODELS_DIR.glob("*.yaml")} - {"pocket"}


@pytest.mark.parametrize("model", HUB_MODELS, ids=lambda model: model.id)
def test_a_model_says_all_a_reader_needs(model) -> None:  # type: ignore[no-untyped-def]
    assert model.repo.startswith("Qwen/") and model.revision and model.license != "unknown"
    assert model.architecture is not None and model.context_tokens <= model.extended_context_tokens
    assert "text" in model.modalities and set(model.purpose) == {"en", "id"}
    assert all(text.endswith(".") and len(text) < 140 for text in model.purpose.values())
    assert model.active_parameters <= model.parameters


def test_a_revision_is_a_full_commit_or_the_main_branch() -> None:
    for model in HUB_MODELS:
        assert model.revision == "main" or re.fullmatch("[0-9a-f]{40}", model.revision), model.id
    assert len({model.revision for model in HUB_MODELS}) > 10


def test_data_files_name_their_sources() -> None:
    for file in MODELS_DIR.glob("*.yaml"):
        assert "\nsources:\n  - " in file.read_text("utf-8"), file.name


@pytest.mark.parametrize(("model_id", "license"), [
    ("qwen2.5-3b-instruct", "qwen-research"), ("qwen2.5-72b-instruct", "qwen"), ("qwen2.5-7b-instruct", "apache-2.0"),
    ("qwen2.5-coder-3b-instruct", "qwen-research"), ("qwen2.5-vl-3b-instruct", "qwen-research"),
    ("qwen2.5-vl-72b-instruct", "qwen"), ("qwen2-72b-instruct", "tongyi-qianwen"), ("qwen3-235b-a22b", "apache-2.0"),
])
def test_the_licences_that_differ_by_size(model_id: str, license: str) -> None:
    assert CATALOG.model(model_id).license == license


def test_thinking_is_told_apart_in_the_three_qwen3_releases() -> None:
    assert [CATALOG.model(f"qwen3-4b{end}").thinking for end in ("", "-instruct-2507", "-thinking-2507")] == [
        "hybrid", "none", "prefilled"]
    qwen3 = CATALOG.model("qwen3-4b")
    assert (qwen3.sampling.temperature, qwen3.sampling.top_p) == (0.7, 0.8)
    assert (qwen3.thinking_sampling.temperature, qwen3.thinking_sampling.top_p) == (0.6, 0.95)


def test_the_page_of_models_is_current() -> None:
    page = (ROOT / "docs" / "MODELS.md").read_text("utf-8")
    assert page == table(CATALOG), "run: python -m playground.catalog.table > docs/MODELS.md"


# ---------------------------------------------------------------- names
def test_a_key_names_model_and_scheme_and_the_id_alone_takes_the_default() -> None:
    assert CATALOG.variant("qwen3-0.6b:nf4").quantization == "nf4"
    assert CATALOG.variant("qwen3-0.6b").key == "qwen3-0.6b:bf16"
    assert [variant.quantization for variant in CATALOG.variants("qwen3-0.6b")] == [
        "bf16", "fp16", "fp32", "fp4", "int8", "nf4", "nf4-dq"]


def test_a_model_published_in_few_bits_has_the_one_variant_that_loads_as_it_is(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "Small-FP8")
    config = json.loads((folder / "config.json").read_text())
    for method, said in (({"quant_method": "fp8"}, "fp8"), ({"load_in_4bit": True}, "bnb4"),
                         ({"quant_method": "bitsandbytes", "load_in_8bit": True}, "bnb8")):
        (folder / "config.json").write_text(json.dumps(config | {"quantization_config": method}))
        catalog = Catalog.load(tmp_path, extra_folders=[folder])
        model = catalog.model("local:Small-FP8")
        assert model.quantized == said and [v.quantization for v in catalog.variants(model.id)] == ["bf16"]


@pytest.mark.parametrize(("key", "nearest"), [
    ("qwen3-06b", "qwen3-0.6b"), ("qwen3-06b:nf4", "qwen3-0.6b"), ("qwen3-0.6b:nf3", "nf4"),
    ("Qwen/Qwen3-0.6B", "qwen3-0.6b"), ("qwen3-0.6B", "qwen3-0.6b"),
])
def test_an_unknown_name_is_answered_with_the_nearest(key: str, nearest: str) -> None:
    with pytest.raises(UnknownName) as caught:
        CATALOG.variant(key)
    assert nearest in caught.value.hint


def test_a_name_like_nothing_gets_a_list() -> None:
    with pytest.raises(UnknownName) as caught:
        CATALOG.quantization("zzzzzz")
    assert "bf16" in caught.value.hint


# ---------------------------------------------------------------- folders
def test_six_lines_of_yaml_add_a_model_from_a_folder(tmp_path: Path) -> None:
    model_folder(tmp_path / "weights" / "my-qwen")
    model = with_file(tmp_path, SIX_LINES).model("my-qwen")
    assert model.architecture is not None and model.architecture.hidden_size == 8
    assert (model.parameters, model.context_tokens, model.dtype) == (1000, 2048, "bfloat16")
    assert model.path == str((tmp_path / "weights" / "my-qwen").resolve())


def test_what_the_data_file_says_wins_over_the_folder(tmp_path: Path) -> None:
    model_folder(tmp_path / "weights" / "my-qwen")
    model = with_file(tmp_path, SIX_LINES + "    context_tokens: 512\n    pocket: true\n").model("my-qwen")
    assert model.context_tokens == 512 and default_scheme(model) == "fp32"


def test_a_missing_folder_leaves_the_model_out_and_says_so(tmp_path: Path) -> None:
    catalog = with_file(tmp_path, SIX_LINES)
    assert catalog.models() == () and "mine.yaml: my-qwen" in catalog.problems[0]
    assert str(tmp_path) not in catalog.problems[0]


def test_a_folder_the_user_names_becomes_a_model(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "Fine-tuned")
    (folder / "chat_template.jinja").write_text("{% if enable_thinking %}{% endif %}")
    (folder / "generation_config.json").write_text('{"temperature": 0.01, "top_p": 0.001, "top_k": 1}')
    catalog = Catalog.load(extra_folders=[folder])
    model = catalog.model("local:Fine-tuned")
    assert catalog.variant("local:Fine-tuned").quantization == "bf16"
    assert catalog.variant("local:Fine-tuned:nf4").key == "local:Fine-tuned:nf4"
    assert (model.thinking, model.sampling.top_p, model.family) == ("hybrid", 0.01, "local")


@pytest.mark.parametrize(("change", "said"), [
    ({"model_type": "llama"}, "not a Qwen model"), ({"hidden_size": None}, "hidden_size"),
    ({"num_experts": "many"}, "num_experts"), ({"max_position_embeddings": None}, "max_position_embeddings"),
])
def test_a_folder_that_cannot_be_used_is_a_problem_and_no_crash(tmp_path: Path, change: dict[str, object],
                                                                said: str) -> None:
    catalog = Catalog.load(extra_folders=[model_folder(tmp_path / "other", **change)])
    assert said in catalog.problems[-1] and len(catalog.models()) == len(CATALOG.models())


def test_pocket_comes_first_then_the_users_folders_then_the_families_by_name(tmp_path: Path) -> None:
    model_folder(tmp_path / "weights" / "my-qwen")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.yaml").write_text("family: a\nmodels: [{repo: x/a, parameters: 7B, context_tokens: 5}]\n")
    (tmp_path / "models" / "z.yaml").write_text(SIX_LINES.replace("mine", "z") + "    pocket: true\n")
    catalog = Catalog.load(tmp_path / "models", tmp_path, [model_folder(tmp_path / "own")])
    assert [model.id for model in catalog.models()] == ["my-qwen", "local:own", "a"]


def test_a_folder_of_folders_gives_every_model_in_it_and_equal_names_do_not_stop_the_app(tmp_path: Path) -> None:
    for name in ("one", "two"):
        model_folder(tmp_path / "all" / name)
    (tmp_path / "all" / "notes").mkdir()
    catalog = Catalog.load(extra_folders=[tmp_path / "all", model_folder(tmp_path / "more" / "two"), tmp_path / "none"])
    assert [model.id for model in catalog.models() if model.family == "local"] == ["local:one", "local:two"]
    assert "'local:two' appears twice" in catalog.problems[-2] and "folder none" in catalog.problems[-1]


@pytest.mark.parametrize(("name", "data"), [
    ("config.json", b"{"), ("config.json", b"[]"), ("model.safetensors", b"\xff" * 20), ("model.safetensors", b""),
])
def test_a_broken_file_is_named(tmp_path: Path, name: str, data: bytes) -> None:
    (model_folder(tmp_path / "broken") / name).write_bytes(data)
    assert name in Catalog.load(extra_folders=[tmp_path / "broken"]).problems[-1]


def test_a_vision_models_tower_counts_as_other_parameters(tmp_path: Path) -> None:
    text = {key: value for key, value in CONFIG.items() if key != "model_type"}
    folder = tmp_path / "vl"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": "qwen3_vl", "text_config": text}))
    (folder / "model.safetensors").write_bytes(safetensors(50_000))
    model = Catalog.load(extra_folders=[folder]).model("local:vl")
    assert model.modalities == ("text", "image", "video") and model.architecture is not None
    assert parameter_count(model.architecture) == model.parameters == 50_000


def test_every_pocket_model_says_what_it_is_for_and_how_to_start_in_both_languages() -> None:
    pocket = [model for model in CATALOG.models() if model.pocket]
    assert pocket
    for model in pocket:
        assert set(model.purpose) == {"en", "id"}, model.id
        assert {language: len(questions) for language, questions in model.examples.items()} == {"en": 4, "id": 4}


# ---------------------------------------------------------------- malformed data files
@pytest.mark.parametrize(("text", "said", "hint"), [
    (SIX_LINES.replace("license", "licence"), "mine.yaml: my-qwen has the key 'licence'", "'license'"),
    ("famly: x\nmodels: []\n", "mine.yaml has the key 'famly'", "'family'"),
    ("family: x\n", "mine.yaml has no models", "models"),
    ("family: x\nmodels: 5\n", "mine.yaml: models must be a list", "- repo:"),
    (SIX_LINES.replace("id: my-qwen", "id: 5").replace("path: weights/my-qwen", "repo: a/b\n    parameters: 7B"),
     "mine.yaml: 5: context_tokens must be", "context_tokens"),
    ("family: x\nmodels: [{repo: a/b, parameters: 7B, context_tokens: 5, license: 2}]\n",
     "mine.yaml: a/b: license must be text, got 2.", "quotes"),
    ("family: [\n", "mine.yaml is not valid YAML in line", "indents"),
    ("- a\n", "mine.yaml must hold keys and values, got list", "shape"),
    ("family: x\nmodels: [5]\n", "mine.yaml: model 1 must hold keys", "shape"),
    ("family: x\nmodels: [{repo: a/b, context_tokens: 5}]\n", "mine.yaml: a/b: parameters must be a number", "param"),
    ("family: x\nmodels: [{repo: a/b, parameters: 7B, context_tokens: many}]\n",
     "mine.yaml: a/b: context_tokens must be a number above 0 such as 32768 or 7.61B, got 'many'.", "context_tokens"),
    ("family: x\nmodels: [{parameters: 7B, context_tokens: 5}]\n", "needs either repo or path", "hub id"),
    ("family: x\nmodels: [{repo: a/b, parameters: 7B, context_tokens: 5, thinking: hybird}]\n",
     "mine.yaml: a/b: thinking cannot be 'hybird'.", "'hybrid'"),
    ("family: x\nmodels: [{repo: a/b, parameters: 7B, context_tokens: 5, sampling: {temprature: 1}}]\n",
     "mine.yaml: a/b: sampling has the key 'temprature'", "'temperature'"),
    ("family: x\nmodels: [{repo: a/b, parameters: 7B, context_tokens: 5, sampling: {top_p: 3}}]\n",
     "mine.yaml: a/b: sampling: top_p must be between 0.01 and 1.0, got 3.", "top_p"),
    ("family: x\nmodels: [{repo: a/b, parameters: 7B, context_tokens: 5, architecture: {model_type: qwen3}}]\n",
     "mine.yaml: a/b: architecture lacks 'num_hidden_layers'", "config.json"),
    ("family: x\nmodels: [{repo: a/b, parameters: 7B, context_tokens: 5, examples: {en: Hello}}]\n",
     "mine.yaml: a/b: examples must be a list of texts, got 'Hello'.", "quotes"),
    ("family: x\ndefaults: {parameters: 7B, context_tokens: 5}\nmodels: [{repo: a/b}, {repo: c/b}]\n",
     "The id 'b' appears twice", "another id"),
])
def test_a_malformed_file_is_named_with_the_key_and_the_nearest_valid_one(tmp_path: Path, text: str, said: str,
                                                                          hint: str) -> None:
    with pytest.raises((UnknownName, InvalidRequest)) as caught:
        with_file(tmp_path, text)
    assert said in str(caught.value) and hint in caught.value.hint
    assert isinstance(caught.value, PlaygroundError)
