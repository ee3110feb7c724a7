"""The "copy as code" script: plain transformers, no playground, the same tokens. Pure text, imports no torch."""
from __future__ import annotations

from pathlib import Path

from playground.paths import ROOT
from playground.types import GenerationRequest, ModelSpec, Quantization, RenderedPrompt, SamplingParams


def script(model: ModelSpec, scheme: Quantization, request: GenerationRequest, prompt: RenderedPrompt) -> str:
    """A Python script that prints the answer this request got. `request` and `prompt` are those of PromptReady."""
    load = scheme.load_source()
    quantised = "BitsAndBytesConfig" in load
    imports = [model.auto_class, "AutoTokenizer", *(["BitsAndBytesConfig"] if quantised else [])]
    source, revision, where = _source(model)
    # bitsandbytes places its layers itself, and a quantised model must not be moved
    place = "" if quantised else '.to("cuda" if torch.cuda.is_available() else "cpu")'
    lines = [
        "import torch",
        f"from transformers import {', '.join(imports)}",
        "",
        f"model_id = {source!r}{where}",
        f"tokenizer = AutoTokenizer.from_pretrained(model_id{revision})",
        f"model = {model.auto_class}.from_pretrained(model_id{revision}, {load}){place}",
        "",
        *_prompt(model, request, prompt),
        "",
        f"torch.manual_seed({int(request.sampling.seed or 0)})",
        *(_generate(request.sampling, prompt) if prompt.thinking_budget is None else
          _generate_in_two_parts(model, request.sampling, prompt, prompt.thinking_budget)),
        'answer = output[0, inputs["input_ids"].shape[1]:]',
        "print(tokenizer.decode(answer, skip_special_tokens=True))",
    ]
    return "\n".join(lines) + "\n"


def _source(model: ModelSpec) -> tuple[str, str, str]:
    """(what from_pretrained takes, the revision argument, a remark). Never a whole path of the machine that serves."""
    if model.repo and not model.path:
        return model.repo, f", revision={model.revision!r}" if model.revision else "", ""
    folder = Path(model.path)
    if folder.is_relative_to(ROOT):
        return folder.relative_to(ROOT).as_posix(), "", "  # run this in the playground's own folder"
    return folder.name, "", "  # run this beside the model's folder"


def _prompt(model: ModelSpec, request: GenerationRequest, prompt: RenderedPrompt) -> list[str]:
    if prompt.escaped:
        return [
            "# A message contains control tokens as text. The chat template would turn them into real control tokens,",
            "# so these are the exact token ids, with that text encoded as plain text.", *_exact_prompt(prompt)]
    if request.start:
        return ["# The prompt and the beginning of the answer, which goes on from there: exact token ids.",
                *_exact_prompt(prompt)]
    if request.fill is not None:
        return [f"prefix = {request.fill.prefix!r}", f"suffix = {request.fill.suffix!r}",
                'text = "<|fim_prefix|>" + prefix + "<|fim_suffix|>" + suffix + "<|fim_middle|>"',
                'inputs = tokenizer(text, add_special_tokens=False, return_tensors="pt").to(model.device)']
    return _template_prompt(model, request)


def _template_prompt(model: ModelSpec, request: GenerationRequest) -> list[str]:
    rows = []
    for message in request.messages:
        row = {"role": message.role, "content": message.text}
        if message.reasoning:
            row["reasoning_content"] = message.reasoning
        rows.append(f"    {row!r},")
    thinking = request.thinking is not None and model.thinking == "hybrid"
    switch = [f"    enable_thinking={request.thinking},"] if thinking else []
    return [
        "messages = [", *rows, "]",
        "inputs = tokenizer.apply_chat_template(",
        "    messages,",
        "    add_generation_prompt=True,",
        *switch,
        "    return_dict=True,",
        '    return_tensors="pt",',
        ").to(model.device)",
    ]


def _exact_prompt(prompt: RenderedPrompt) -> list[str]:
    """Token ids as they ran."""
    return [
        f"token_ids = {list(prompt.token_ids)!r}",
        "input_ids = torch.tensor([token_ids], device=model.device)",
        'inputs = {"input_ids": input_ids, "attention_mask": torch.ones_like(input_ids)}',
    ]


def _generate(sampling: SamplingParams, prompt: RenderedPrompt) -> list[str]:
    arguments = [f"max_new_tokens={int(sampling.max_tokens)}", *_generate_arguments(sampling, prompt)]
    return ["output = model.generate(", "    **inputs,", *(f"    {argument}," for argument in arguments), ")"]


def _generate_in_two_parts(model: ModelSpec, sampling: SamplingParams, prompt: RenderedPrompt, budget: int
                           ) -> list[str]:
    """Think for at most `budget` tokens, close the thinking, answer."""
    first = budget + (not prompt.opens_thinking)          # the model opens its thinking itself, or the template did
    rest = int(sampling.max_tokens) - first - len(prompt.close_ids)
    return [
        "settings = dict(",
        *(f"    {argument}," for argument in _generate_arguments(sampling, prompt)),
        ")",
        f"budget = {budget}  # tokens of thinking",
        *([f"output = model.generate(**inputs, max_new_tokens={'budget + 1' if first > budget else 'budget'}, "
           "**settings)"] if first else ['output = inputs["input_ids"]']),
        'written = output[0, inputs["input_ids"].shape[1]:].tolist()',
        'if tokenizer.convert_tokens_to_ids("</think>") not in written:  # it still thinks: close it',
        f"    close = tokenizer({model.thinking_close!r}, add_special_tokens=False)[\"input_ids\"]",
        "    output = torch.cat([output, torch.tensor([close], device=model.device)], dim=1)",
        'if output[0, -1].item() not in settings["eos_token_id"]:  # then the answer is still to come',
        f"    output = model.generate(input_ids=output, attention_mask=torch.ones_like(output), max_new_tokens={rest},",
        "                            **settings)",
    ]


def _generate_arguments(sampling: SamplingParams, prompt: RenderedPrompt) -> list[str]:
    """Everything a checkpoint's own generation_config could otherwise decide."""
    arguments = []
    if sampling.temperature > 0:
        arguments += ["do_sample=True", f"temperature={float(sampling.temperature)}", f"top_p={float(sampling.top_p)}",
                      f"top_k={int(sampling.top_k)}", f"min_p={float(sampling.min_p)}"]
    else:
        arguments += ["do_sample=False"]
    arguments += [f"repetition_penalty={float(sampling.repetition_penalty)}"]
    if prompt.eos_token_ids:
        arguments += [f"eos_token_id={list(prompt.eos_token_ids)}", f"pad_token_id={prompt.eos_token_ids[0]}"]
    return arguments
