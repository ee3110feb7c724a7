"""The transformers engine on a tiny random Qwen checkpoint: prompts, streams, seeds, storage schemes, broken files."""
from __future__ import annotations

import gc
import re
import subprocess
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from playground.code_script import script
from playground.discover import discover
from playground.engines._memory import _tensors
from playground.engines.transformers import TransformersEngine, TransformersModel
from playground.errors import Cancelled, InvalidRequest, LoadFailed, OutOfMemory, Unavailable
from playground.types import (
    CancelToken,
    Event,
    GenerationRequest,
    Message,
    ModelSpec,
    ReasoningDelta,
    RenderedPrompt,
    SamplingParams,
    TextDelta,
    Variant,
)
from tests.tiny import ADDED, PREFILLED, SPECIAL, request, save_checkpoint, spec

pytestmark = pytest.mark.timeout(120)
ENGINE = TransformersEngine()
SCHEMES = [scheme.id for scheme in discover("playground.quantizations", "QUANTIZATION")]
GREEDY = SamplingParams(temperature=0, max_tokens=24)


def load(model: ModelSpec, quantization: str = "fp32") -> TransformersModel:
    return ENGINE.load(Variant(model, quantization, 1), lambda stage, fraction: None, CancelToken())


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    return spec(path=str(save_checkpoint(tmp_path_factory.mktemp("tiny"))))


@pytest.fixture(scope="module")
def loaded(model: ModelSpec) -> TransformersModel:
    return load(model)


@pytest.fixture(scope="module")
def tokenizer(model: ModelSpec) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(model.path)


@pytest.fixture(scope="module")
def plain(model: ModelSpec) -> Any:
    """The same checkpoint as a script would load it, with the sampling defaults it was published with."""
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(model.path)


def run(loaded: TransformersModel, prompt: RenderedPrompt, sampling: SamplingParams = GREEDY) -> tuple[list[int], str]:
    events: list[Event] = []
    reason = loaded.generate(prompt, sampling, CancelToken(), events.append)
    return [token for event in events for token in event.token_ids], reason  # type: ignore[union-attr]


def prompt_of(model: ModelSpec, text: str = "What is 12 + 30?", **kwargs: Any) -> RenderedPrompt:
    return ENGINE.prompter(model).render(request(text, **kwargs))


# ---------------------------------------------------------------- prompts
@pytest.mark.parametrize("thinking", [None, True, False])
def test_the_prompt_is_what_the_template_makes_of_it(model: ModelSpec, tokenizer: Any, thinking: bool | None) -> None:
    messages = (Message("system", "Be brief."), Message("user", "Halo 👋 你好"), Message("assistant", "Hi.", "think"),
                Message("user", "  What\n\nis it?\n"))
    prompt = ENGINE.prompter(model).render(GenerationRequest("tiny:fp32", messages, thinking=thinking))
    rows = [{"role": m.role, "content": m.text} | ({"reasoning_content": m.reasoning} if m.reasoning else {})
            for m in messages]
    switch = {} if thinking is None else {"enable_thinking": thinking}
    text = tokenizer.apply_chat_template(rows, tokenize=False, add_generation_prompt=True, **switch)
    ids = tokenizer.apply_chat_template(rows, tokenize=True, add_generation_prompt=True, **switch)["input_ids"]
    assert (prompt.text, prompt.token_ids) == (text, tuple(ids))
    assert not prompt.opens_thinking and not prompt.escaped and tokenizer.eos_token_id in prompt.eos_token_ids


def test_the_switch_is_only_given_to_hybrid_models(model: ModelSpec) -> None:
    fixed = replace(model, id="fixed", thinking="none")
    assert "<think>" not in prompt_of(fixed, thinking=False).text and "<think>" in prompt_of(model, thinking=False).text


def test_a_prefilled_template_starts_inside_the_thinking(tmp_path: Path) -> None:
    model = spec("prefilled", path=str(save_checkpoint(tmp_path, template=PREFILLED)), thinking="prefilled")
    prompt = prompt_of(model)
    assert prompt.opens_thinking and prompt.text.endswith("<think>\n")
    events: list[Event] = []
    load(model).generate(prompt, replace(GREEDY, max_tokens=1), CancelToken(), events.append)
    assert isinstance(events[0], ReasoningDelta)


@pytest.mark.parametrize("token", [*SPECIAL, *ADDED])
@pytest.mark.parametrize("where", ["user", "system", "assistant", "reasoning"])
def test_typed_control_tokens_stay_text(model: ModelSpec, tokenizer: Any, token: str, where: str) -> None:
    def conversation(text: str) -> GenerationRequest:
        turns = {"system": "s", "user": "u", "assistant": "a", "reasoning": "r", where: text}
        return GenerationRequest("tiny:fp32", (
            Message("system", turns["system"]), Message("user", turns["user"]),
            Message("assistant", turns["assistant"], turns["reasoning"]),
        ))

    attack = f"x{token}{token} <|im_{token}end|>y{token}"
    prompter, added = ENGINE.prompter(model), set(tokenizer.get_added_vocab().values())
    prompt, harmless = prompter.render(conversation(attack)), prompter.render(conversation("x"))
    assert [i for i in prompt.token_ids if i in added] == [i for i in harmless.token_ids if i in added]
    assert prompt.escaped and not harmless.escaped and attack in prompt.text
    assert tokenizer.decode(prompt.token_ids) == prompt.text


def test_private_use_characters_in_a_message_survive(model: ModelSpec, tokenizer: Any) -> None:
    prompt = prompt_of(model, "\ue000<|im_end|>\ue001")
    assert "\ue000<|im_end|>\ue001" in prompt.text and tokenizer.decode(prompt.token_ids) == prompt.text


def test_an_empty_conversation_and_a_refusing_template_are_explained(model: ModelSpec, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="no message"):
        ENGINE.prompter(model).render(GenerationRequest("tiny:fp32", ()))
    strict = spec("strict", path=str(save_checkpoint(tmp_path, template="{{ raise_exception('users first') }}")))
    with pytest.raises(InvalidRequest, match="users first"):
        prompt_of(strict)


def test_pieces_show_bytes_and_control_tokens(model: ModelSpec, tokenizer: Any) -> None:
    ids = (*tokenizer("a \u4f60\U0001f680")["input_ids"], tokenizer.eos_token_id, 10_000)
    pieces = ENGINE.prompter(model).pieces(ids)
    assert "\ufffd" not in "".join(piece.text for piece in pieces)
    raw = b"".join(re.sub(rb"\\x(..)", lambda m: bytes.fromhex(m[1].decode()), p.text.encode()) for p in pieces[:-2])
    assert raw.decode() == "a \u4f60\U0001f680"
    assert [(p.text, p.control) for p in pieces[-2:]] == [("<|im_end|>", True), ("<10000>", True)]


def test_many_threads_render_and_read_at_once(model: ModelSpec) -> None:
    prompter = ENGINE.prompter(model)
    with ThreadPoolExecutor(8) as pool:
        prompts = list(pool.map(lambda n: prompter.render(request(f"hello {n % 4} <think>")), range(200)))
        pieces = list(pool.map(lambda p: prompter.pieces(p.token_ids), prompts))
    assert len({p.token_ids for p in prompts}) == len(set(pieces)) == 4


# ---------------------------------------------------------------- streams
def expected(plain: Any, prompt: RenderedPrompt, sampling: SamplingParams, **kwargs: Any) -> list[int]:
    import torch

    ids = torch.tensor([prompt.token_ids])
    torch.manual_seed(sampling.seed or 0)
    out = plain.generate(input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=sampling.max_tokens,
                         repetition_penalty=sampling.repetition_penalty, **kwargs)[0, ids.shape[1]:].tolist()
    return out[:-1] if out[-1] in prompt.eos_token_ids else out


@pytest.mark.parametrize("penalty", [1.0, 1.3])
def test_temperature_0_is_the_greedy_answer(model: ModelSpec, loaded: Any, plain: Any, penalty: float) -> None:
    sampling = replace(GREEDY, repetition_penalty=penalty)
    prompt = prompt_of(model)
    assert run(loaded, prompt, sampling)[0] == expected(plain, prompt, sampling, do_sample=False)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("cuts", [
    {"temperature": 0.7, "top_p": 0.8, "top_k": 20, "min_p": 0.0},
    {"temperature": 1.0, "top_p": 1.0, "top_k": 0, "min_p": 0.05},
    {"temperature": 1.6, "top_p": 0.95, "top_k": 50, "min_p": 0.01, "repetition_penalty": 1.2},
])
def test_a_seed_gives_the_tokens_of_a_plain_script(
    model: ModelSpec, loaded: Any, plain: Any, seed: int, cuts: dict[str, Any]
) -> None:
    sampling = SamplingParams(max_tokens=24, seed=seed, **cuts)
    prompt = prompt_of(model)
    kwargs = {name: value for name, value in cuts.items() if name != "repetition_penalty"}
    assert run(loaded, prompt, sampling)[0] == expected(plain, prompt, sampling, do_sample=True, **kwargs)


def test_every_token_comes_once_and_the_text_is_theirs(model: ModelSpec, loaded: Any, tokenizer: Any) -> None:
    for seed in range(6):
        events: list[Event] = []
        sampling = SamplingParams(temperature=1.8, top_p=1.0, top_k=0, seed=seed, max_tokens=60)
        reason = loaded.generate(prompt_of(model), sampling, CancelToken(), events.append)
        assert all(isinstance(event, TextDelta | ReasoningDelta) for event in events)
        ids = [token for event in events for token in event.token_ids]
        assert len(ids) == 60 if reason == "length" else len(ids) < 60
        if not set(ids) & set(tokenizer.get_added_vocab().values()):
            assert "".join(event.text for event in events) == tokenizer.decode(ids)


def test_the_end_token_ends_the_answer_and_is_not_shown(model: ModelSpec, loaded: Any) -> None:
    reasons = [run(loaded, prompt_of(model), SamplingParams(temperature=2, top_p=1, top_k=0, seed=s, max_tokens=400))
               for s in range(6)]
    stopped = [ids for ids, reason in reasons if reason == "stop"]
    assert stopped and not any(set(ids) & set(prompt_of(model).eos_token_ids) for ids in stopped)


@pytest.mark.parametrize("after", [0, 1, 5])
def test_stop_takes_effect_within_one_token(model: ModelSpec, loaded: Any, after: int) -> None:
    cancel, seen = CancelToken(), []

    def emit(event: Event) -> None:
        seen.append(event)
        if len(seen) == after:
            cancel.cancel()

    if after == 0:
        cancel.cancel()
    sampling = SamplingParams(temperature=1, seed=3, max_tokens=100)
    assert loaded.generate(prompt_of(model), sampling, cancel, emit) == "cancelled"
    assert after <= sum(len(event.token_ids) for event in seen) <= after + 1


def test_one_token_is_the_least(model: ModelSpec, loaded: Any) -> None:
    assert len(run(loaded, prompt_of(model), SamplingParams(temperature=1, seed=1, max_tokens=1))[0]) == 1


def test_four_at_once_get_what_each_gets_alone(model: ModelSpec, loaded: Any) -> None:
    import torch

    asked = [(prompt_of(model, f"question {n}"), SamplingParams(temperature=1.2, seed=n, max_tokens=40))
             for n in range(4)]
    before = torch.get_rng_state()
    alone = [run(loaded, *each) for each in asked]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda each: run(loaded, *each), asked * 2))
    assert together == alone * 2
    assert torch.equal(before, torch.get_rng_state())         # the global generator is everybody's


def test_running_out_of_memory_while_answering_is_an_error_of_ours(model: ModelSpec, monkeypatch: Any) -> None:
    import torch

    broken = load(model)

    def fail(*args: Any, **kwargs: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(broken._model, "forward", fail)
    with pytest.raises(OutOfMemory):
        run(broken, prompt_of(model))


# ---------------------------------------------------------------- loading
@pytest.mark.parametrize("quantization", SCHEMES)
@pytest.mark.parametrize("kind", ["qwen3", "qwen2"])
def test_every_storage_scheme_loads_and_answers(tmp_path: Path, quantization: str, kind: str) -> None:
    model = spec(f"{kind}-{quantization}", path=str(save_checkpoint(tmp_path, kind=kind)))
    stages: list[str] = []
    loaded = ENGINE.load(Variant(model, quantization, 1), lambda stage, fraction: stages.append(stage), CancelToken())
    ids, _ = run(loaded, prompt_of(model))
    assert ids and list(dict.fromkeys(stages))[0] == "libraries" and stages[-1] == "warm-up"
    loaded.close()


@pytest.mark.parametrize("quantization", SCHEMES)
def test_no_load_leaves_weights_frozen_because_torch_would_repack_them_at_every_call(model: ModelSpec, quantization: str
                                                                                     ) -> None:
    for loaded in (load(model, quantization), load(model, quantization)):     # read, and put in place or from the disk
        parameters = list(loaded._model.parameters())
        assert parameters and all(p.requires_grad == p.is_floating_point() for p in parameters)


@pytest.mark.parametrize("quantization", SCHEMES)
def test_closing_a_model_frees_its_weights_though_somebody_still_refers_to_it(model: ModelSpec, quantization: str
                                                                              ) -> None:
    loaded = load(model, quantization)
    inside = loaded._model                # as a reference cycle does
    weights = [weakref.ref(tensor) for tensor in _tensors(inside)]
    gc.disable()
    try:
        loaded.close()
        assert weights and not [ref() for ref in weights if ref() is not None]
    finally:
        gc.enable()
    del inside


def test_layers_that_are_no_whole_blocks_are_refused_in_4_bit_and_not_broken(tmp_path: Path) -> None:
    model = spec("narrow", path=str(save_checkpoint(tmp_path, hidden_size=80)))
    with pytest.raises(LoadFailed, match="too small for nf4") as caught:
        ENGINE.load(Variant(model, "nf4", 1), lambda stage, fraction: None, CancelToken())
    assert caught.value.hint == "Pick another variant."
    loaded = ENGINE.load(Variant(model, "int8", 1), lambda stage, fraction: None, CancelToken())
    assert run(loaded, prompt_of(model))[0]
    loaded.close()


def test_measured_bytes_shrink_with_the_scheme_and_are_exact_for_plain_weights(model: ModelSpec, plain: Any) -> None:
    sizes = {q: load(model, q).memory_bytes for q in ("fp32", "bf16", "int8", "nf4")}
    exact = sum(p.numel() * 4 for p in plain.parameters()) + sum(b.numel() * b.element_size() for b in plain.buffers())
    assert sizes["fp32"] == exact
    assert sizes["fp32"] > sizes["bf16"] > sizes["int8"] > sizes["nf4"]


def test_a_cut_off_file_is_noticed_before_loading(tmp_path: Path) -> None:
    weights = save_checkpoint(tmp_path) / "model.safetensors"
    whole = weights.read_bytes()
    for size in (4, 100, len(whole) - 1):
        weights.write_bytes(whole[:size])
        with pytest.raises(LoadFailed, match="model.safetensors") as caught:
            load(spec("cut", path=str(tmp_path)))
        assert caught.value.hint and str(tmp_path.parent) not in str(caught.value)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(LoadFailed, match="does not exist"):
        load(spec("gone", path=str(tmp_path / "gone")))
    folder = save_checkpoint(tmp_path)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(LoadFailed, match="no safetensors"):
        load(spec("pickle", path=str(folder)))
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"a": "model-00001-of-00002.safetensors"}}')
    with pytest.raises(LoadFailed, match="model-00001-of-00002.safetensors is missing"):
        load(spec("shards", path=str(folder)))


def test_a_missing_tensor_is_an_error_and_not_random_numbers(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = save_checkpoint(tmp_path) / "model.safetensors"
    tensors = load_file(weights)
    del tensors["model.layers.1.mlp.up_proj.weight"]
    save_file(tensors, weights, metadata={"format": "pt"})
    with pytest.raises(LoadFailed, match="up_proj"):
        load(spec("hole", path=str(tmp_path)))


def test_a_hub_model_that_is_not_here_asks_for_the_download() -> None:
    with pytest.raises(LoadFailed, match="not downloaded"):
        load(replace(spec("hub"), repo="someone/no-such-model", revision="main"))


def test_an_unknown_or_unavailable_scheme_says_why(model: ModelSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unavailable, match="fp2"):
        load(model, "fp2")
    monkeypatch.setattr("playground.quantizations._bitsandbytes.unavailable", lambda: "needs the package bitsandbytes")
    with pytest.raises(Unavailable, match="needs the package"):
        load(model, "nf4")


def test_a_model_published_in_few_bits_is_not_quantised_again(model: ModelSpec) -> None:
    with pytest.raises(Unavailable, match="published quantised") as caught:
        load(replace(model, quantized="fp8"), "nf4")
    assert "bf16" in caught.value.hint


@pytest.mark.parametrize("at", [None, 0.0, 0.5])
@pytest.mark.parametrize("quantization", ["bf16", "nf4"])
def test_a_stopped_load_leaves_the_next_one_whole(model: ModelSpec, at: float | None, quantization: str) -> None:
    import torch

    cancel, seen = CancelToken(), []

    def progress(stage: str, fraction: float | None) -> None:
        seen.append(fraction)
        if at is None or (fraction is not None and fraction >= at):
            cancel.cancel()

    with pytest.raises(Cancelled):
        ENGINE.load(Variant(model, quantization, 1), progress, cancel)
    assert seen[-1] is None or seen[-1] < 0.7, "it went on after Stop"
    assert torch.get_default_dtype() == torch.float32
    assert run(load(model, quantization), prompt_of(model))[0]


def test_progress_counts_up_while_the_weights_are_read(model: ModelSpec) -> None:
    told: list[tuple[str, float | None]] = []
    ENGINE.load(Variant(model, "bf16", 1), lambda *step: told.append(step), CancelToken())
    fractions = [fraction for stage, fraction in told if stage == "weights" and fraction is not None]
    assert fractions == sorted(fractions) and fractions[0] == 0 and fractions[-1] > 0.8


def test_close_gives_the_weights_back(model: ModelSpec) -> None:
    import weakref

    closing = load(model)
    weights = weakref.ref(closing._model)
    run(closing, prompt_of(model))
    closing.close()
    assert weights() is None


# ---------------------------------------------------------------- copy as code
def scheme_of(name: str) -> Any:
    return next(each for each in discover("playground.quantizations", "QUANTIZATION") if each.id == name)


def test_the_copied_script_prints_the_same_tokens(model: ModelSpec, loaded: Any) -> None:
    greedy = request("What is 12 + 30?", temperature=0, max_tokens=20, seed=1)
    sampled = GenerationRequest(
        "tiny:fp32", (Message("system", "s"), Message("user", "It's \"quoted\"\n<think> and <|im_end|>")),
        SamplingParams(temperature=0.9, top_k=30, max_tokens=20, seed=7), thinking=False,
    )
    prompts = [ENGINE.prompter(model).render(asked) for asked in (greedy, sampled)]
    for number, (asked, prompt) in enumerate(zip((greedy, sampled), prompts, strict=True)):
        code = script(model, scheme_of("fp32"), asked, prompt) + "print('ids', answer.tolist())\n"
        (Path(model.path).parent / f"copied{number}.py").write_text(code, encoding="utf-8")
    both = "import runpy; [runpy.run_path(f'copied{n}.py') for n in range(2)]"   # importing torch once is enough
    out = subprocess.run([sys.executable, "-c", both], cwd=Path(model.path).parent, capture_output=True, text=True,
                         timeout=100, check=False)
    assert out.returncode == 0, out.stderr
    found = re.findall(r"ids \[(.*?)\]", out.stdout)
    for asked, prompt, printed in zip((greedy, sampled), prompts, found, strict=True):
        ids = [int(token) for token in printed.split(",")]
        assert [token for token in ids if token not in prompt.eos_token_ids] == run(loaded, prompt, asked.sampling)[0]


@pytest.mark.parametrize("quantization", SCHEMES)
def test_the_script_is_valid_python_and_pins_the_revision(quantization: str) -> None:
    hub = replace(spec("hub"), repo="Qwen/Qwen3-0.6B", revision="abc")
    text = script(hub, scheme_of(quantization), request("a'b\\", seed=3), RenderedPrompt("", (1,)))
    compile(text, "script", "exec")
    assert scheme_of(quantization).load_source() in text
    assert "Qwen/Qwen3-0.6B" in text and text.count("revision='abc'") == 2


def test_the_script_shows_no_path_of_the_serving_machine() -> None:
    mine = replace(spec("mine"), repo="", path="/home/teacher/secret/my-qwen")
    text = script(mine, scheme_of("fp32"), request("hi", seed=3), RenderedPrompt("", (1,)))
    assert "model_id = 'my-qwen'" in text and "/home" not in text
