"""Small things for tests: specs, variants, and a random Qwen checkpoint with a tokenizer of its own."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from playground.types import GenerationRequest, Message, ModelSpec, SamplingParams, Thinking, Variant

TEMPLATE = """{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\\n' }}
{%- if message.reasoning_content is defined and loop.last %}
{{- '<think>\\n' + message.reasoning_content + '\\n</think>\\n\\n' }}
{%- endif %}
{{- message.content + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}
{%- endif %}"""

PREFILLED = TEMPLATE + "{%- if add_generation_prompt %}{{- '<think>\\n' }}{%- endif %}"

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
ADDED = ("<tool_call>", "</tool_call>", "<think>", "</think>")
_CORPUS = [
    "The quick brown fox jumps over the lazy dog.", "What is 12 + 30? 12 + 30 = 42.", "user system assistant\n\n",
    "Halo, apa kabar? \u4f60\u597d\uff0c\u4e16\u754c\uff01 h\u00e9llo \U0001f680 na\u00efve",
    "def add(a, b):\n    return a + b\n",
] * 4


def spec(model_id: str = "tiny", *, path: str = "", engine: str = "transformers", thinking: Thinking = "hybrid",
         context_tokens: int = 512) -> ModelSpec:
    """A catalogue entry with everything the cache and the engines look at."""
    return ModelSpec(
        id=model_id, name=model_id.title(), family="tiny", repo="", revision="", license="apache-2.0", parameters=1000,
        active_parameters=1000, context_tokens=context_tokens, extended_context_tokens=context_tokens,
        modalities=("text",), thinking=thinking, sampling=SamplingParams(), thinking_sampling=SamplingParams(),
        purpose={"en": "tests"}, architecture=None, path=path, engine=engine,
    )


def variant(model_id: str = "tiny", weight_bytes: int = 100, quantization: str = "fp32", **kwargs: Any) -> Variant:
    return Variant(spec(model_id, **kwargs), quantization, weight_bytes)


def request(text: str = "What is 12 + 30?", *, key: str = "tiny:fp32", thinking: bool | None = None,
            **sampling: Any) -> GenerationRequest:
    return GenerationRequest(key, (Message("user", text),), SamplingParams(**sampling), thinking)


def save_checkpoint(folder: Path, *, seed: int = 0, kind: str = "qwen3", template: str = TEMPLATE, hidden_size: int = 64
                    ) -> Path:
    """A random two-layer Qwen model in `folder`. Its bytes, tokenizer and template are those of a real one in small."""
    import torch
    from transformers import GenerationConfig, Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM

    tokenizer = _tokenizer(template)
    sizes = dict(
        vocab_size=len(tokenizer) + 5, hidden_size=hidden_size, intermediate_size=128, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=512, tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, initializer_range=0.2,
    )
    torch.manual_seed(seed)
    if kind == "qwen3":
        model = Qwen3ForCausalLM(Qwen3Config(head_dim=16, **sizes))
    else:
        model = Qwen2ForCausalLM(Qwen2Config(**sizes))
    ends = [tokenizer.eos_token_id, tokenizer.pad_token_id]
    # defaults like those of published checkpoints: whoever leaves a value neutral must not get these
    model.generation_config = GenerationConfig(do_sample=True, temperature=0.6, top_k=20, top_p=0.95,
                                               repetition_penalty=1.1, eos_token_id=ends, pad_token_id=ends[1])
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


SEES = """{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\\n' }}
{%- if message.content is string %}{{- message.content }}{%- else %}{%- for part in message.content %}
{%- if part.type == 'image' %}{{- '<|vision_start|><|image_pad|><|vision_end|>' }}
{%- else %}{{- part.text }}{%- endif %}
{%- endfor %}{%- endif %}
{{- '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"""


def vision_tokenizer() -> Any:
    """The tokenizer of these checkpoints with the tokens that stand for pictures."""
    from tokenizers import AddedToken

    tokenizer = _tokenizer(SEES)
    names = ("vision_start", "vision_end", "image_pad", "video_pad")
    tokenizer.add_tokens([AddedToken(f"<|{name}|>", special=True, normalized=False) for name in names])
    return tokenizer


def _tokenizer(template: str) -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.BPE())
    core.normalizer = normalizers.NFC()
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.train_from_iterator(_CORPUS, trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    core.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    core.add_tokens([AddedToken(token, special=False, normalized=False) for token in ADDED])
    return PreTrainedTokenizerFast(tokenizer_object=core, eos_token="<|im_end|>", pad_token="<|endoftext|>",
                                   chat_template=template, clean_up_tokenization_spaces=False)
