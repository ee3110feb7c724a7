"""The vocabulary: every value that crosses a boundary. Standard library and `errors` only."""
from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from playground.errors import InvalidRequest, PlaygroundError

Role = Literal["system", "user", "assistant"]
Phase = Literal["queued", "loading", "prefill", "decoding"]
FinishReason = Literal["stop", "length", "context", "cancelled", "repetition"]
"""stop: the model ended its turn. length: max_tokens reached. context: the window is full. cancelled: stopped.
repetition: it wrote the same again and again."""
ProgramOutput = Literal["continue", "user"]
"""continue: its turn goes on after the output, as Qwen2.5-Math was trained. user: the output is the next question."""
ThinkingEnd = Literal["", "budget", "repetition"]
"""Why the thinking was closed for the model; "": it closed it by itself, or there was none."""
THINKING_CLOSE = ("\n\nConsidering the limited time by the user, I have to give the solution based on the thinking "
                  "directly now.\n</think>\n\n")
"""What Qwen documents for a spent budget: Qwen3's answer was trained to follow it."""
Thinking = Literal["none", "hybrid", "always", "prefilled"]
"""none: no thinking. hybrid: a switch in the template. always: cannot be turned off.
prefilled: the template itself opens `<think>`, so the model's output starts inside it."""


# ---------------------------------------------------------------- a question and how to sample its answer
PixelBounds = tuple[int, int]
"""Least and most pixels that a picture is resized to before a model sees it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as this app encoded it itself: PNG, RGB, upright, of bounded size. `note`: what was changed, as
    `pictures.picture.changes` reads it."""

    png: bytes = field(repr=False)
    width: int                            # pixels, as `height`
    height: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. `reasoning` is kept apart; it goes back to the model only as the model's own template says.

    `pictures` stand before the text.
    """

    role: Role
    text: str
    reasoning: str = ""
    pictures: tuple[Picture, ...] = ()


SAMPLING_BOUNDS: dict[str, tuple[float, float]] = {
    "temperature": (0.0, 2.0),
    "top_p": (0.01, 1.0),
    "top_k": (0, 1000),
    "min_p": (0.0, 1.0),
    "repetition_penalty": (0.5, 2.0),
    "max_tokens": (1, 131_072),
    "seed": (0, 2**32 - 1),
}


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How the next token is chosen. temperature 0 is greedy; top_k 0 and top_p 1 mean no cut.

    seed None lets the service draw one; the drawn seed is in `Usage`. Raises InvalidRequest out of SAMPLING_BOUNDS.
    """

    temperature: float = 0.7
    top_p: float = 0.8
    top_k: int = 20
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    max_tokens: int = 1024
    seed: int | None = None

    def __post_init__(self) -> None:
        for name, (low, high) in SAMPLING_BOUNDS.items():
            value = getattr(self, name)
            if value is None and name == "seed":
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
                raise InvalidRequest(f"{name} must be between {low} and {high}, got {value}.", f"Change {name}.")
            if name in ("top_k", "max_tokens", "seed") and value != int(value):
                raise InvalidRequest(f"{name} must be a whole number, got {value}.", f"Change {name}.")


@dataclass(frozen=True, slots=True)
class Fill:
    """Code with a hole, for models that were trained to fill one."""

    prefix: str
    suffix: str


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """All an answer depends on, so it can be logged, replayed and shared. `variant` is a key: "qwen3-0.6b:nf4-dq".

    thinking None leaves the choice to the model's template. thinking_budget: tokens of thinking, after which it is
    closed for the model; 0 means none at all, None no end. `start` are token ids that the answer goes on from, as if
    the model had written them. With `fill` there are no messages: the answer is what belongs in the hole.
    """

    variant: str
    messages: tuple[Message, ...]
    sampling: SamplingParams = SamplingParams()
    thinking: bool | None = None
    thinking_budget: int | None = None
    start: tuple[int, ...] = ()
    fill: Fill | None = None
    pixels: PixelBounds | None = None     # for the pictures; None: what the model's own settings say

    def __post_init__(self) -> None:
        budget, most = self.thinking_budget, int(SAMPLING_BOUNDS["max_tokens"][1])
        if budget is not None and (isinstance(budget, bool) or not isinstance(budget, int) or not 0 <= budget <= most):
            raise InvalidRequest(f"thinking_budget must be a whole number from 0 to {most}, got {budget!r}.",
                                 "Change thinking_budget, or leave it out.", field="thinking_budget")


# ---------------------------------------------------------------- models and their loadable forms
@dataclass(frozen=True, slots=True)
class Architecture:
    """The config numbers that decide memory (names as in transformers' configs). 0 means "does not apply"."""

    model_type: str                       # "qwen3": the transformers config type
    num_hidden_layers: int
    hidden_size: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    intermediate_size: int
    vocab_size: int
    tie_word_embeddings: bool = False
    attention_bias: bool = False          # bias on q, k, v (Qwen1.5 to Qwen2.5)
    qk_norm: bool = False                 # RMSNorm on q and k (Qwen3)
    num_experts: int = 0
    num_experts_per_tok: int = 0
    moe_intermediate_size: int = 0
    shared_expert_intermediate_size: int = 0
    full_attention_layers: int | None = None  # None: all. Qwen3.5 has linear attention in the others
    attention_output_gate: bool = False   # q_proj also makes a gate, so it is twice as wide (Qwen3-Next, Qwen3.5)
    linear_num_key_heads: int = 0         # of the linear-attention layers
    linear_num_value_heads: int = 0
    linear_head_dim: int = 0              # of keys and of values
    linear_conv_kernel_dim: int = 0
    other_parameters: int = 0             # vision or audio tower and anything else the numbers above do not cover
    other_linears: tuple[tuple[int, int], ...] = ()   # (out, in) of the linear layers among them, where files tell


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model of the catalogue. Prose is per language ("en", "id"); facts carry their source in the data file."""

    id: str                               # "qwen3-0.6b"
    name: str                             # "Qwen3 0.6B"
    family: str                           # "qwen3": the data file it came from
    repo: str                             # hub id, "" for a model shipped or found in a folder
    revision: str                         # pinned commit, branch name, or ""
    license: str
    parameters: int                       # total
    active_parameters: int                # per token; equals `parameters` when dense
    context_tokens: int                   # native
    extended_context_tokens: int          # with the documented extension (YaRN); equals native without one
    modalities: tuple[str, ...]           # of the input: "text", "image", "video", "audio"
    thinking: Thinking
    sampling: SamplingParams              # recommended without thinking
    thinking_sampling: SamplingParams     # recommended with thinking
    purpose: dict[str, str]               # what it is for, by language
    architecture: Architecture | None     # None: not known, memory cannot be predicted exactly
    dtype: str = "bfloat16"               # of the published weights
    path: str = ""                        # folder with the weights when they do not come from a hub
    quantized: str = ""                   # published pre-quantised scheme ("awq", "gptq", "fp8"), "" when plain
    engine: str = "transformers"
    notes: tuple[str, ...] = ()           # what could not be verified
    examples: dict[str, tuple[str, ...]] = field(default_factory=dict)  # questions to start with, by language
    pocket: bool = False                  # trained by this project: shows the mechanism, not Qwen's quality
    thinking_close: str = THINKING_CLOSE  # what is written for the model when its thinking budget is spent
    fills: bool = False                   # trained to fill a hole in code
    program_output: ProgramOutput = "continue"  # how it is told what its program printed

    @property
    def auto_class(self) -> str:
        """The class of transformers that loads it; a model that also sees answers text without a picture."""
        return "AutoModelForImageTextToText" if "image" in self.modalities else "AutoModelForCausalLM"


@dataclass(frozen=True, slots=True)
class Variant:
    """One loadable form of a model. All bytes are predicted from the config alone."""

    model: ModelSpec
    quantization: str                     # id of a file in playground/quantizations: "bf16", "int8", "nf4-dq"
    weight_bytes: int
    kv_bytes_per_token: int = 0
    working_bytes: int = 0                # KV cache of one short conversation, and a forward pass
    device: str = field(default="", compare=False)    # where to load it, as torch names it; "": the engine chooses

    @property
    def key(self) -> str:
        return f"{self.model.id}:{self.quantization}"


# ---------------------------------------------------------------- what the engine consumes and emits
@dataclass(frozen=True, slots=True)
class RenderedPrompt:
    """Exactly what the engine consumes; the inspector shows this same object."""

    text: str
    token_ids: tuple[int, ...]
    opens_thinking: bool = False          # <think> is open at its end, the output starts inside it
    eos_token_ids: tuple[int, ...] = ()
    escaped: bool = False                 # someone typed control tokens; they were encoded as plain text
    close_ids: tuple[int, ...] = ()       # what closes the thinking for the model, with </think>; (): it never thinks
    thinking_budget: int | None = None    # tokens of thinking, after which `close_ids` are written
    pictures: tuple[Picture, ...] = ()    # in the order of their places in the text
    pixels: PixelBounds | None = None


@dataclass(frozen=True, slots=True)
class TokenPiece:
    """One token as people read it. control: the tokenizer treats it as a control token, not as text."""

    id: int
    text: str
    control: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """Measured on this machine for one answer. Times in seconds, memory in bytes, speeds derive from these."""

    prompt_tokens: int = 0
    reasoning_tokens: int = 0             # chosen by the model between the tags
    answer_tokens: int = 0
    marker_tokens: int = 0                # the tags, and what was written to close the thinking
    queue_s: float = 0.0                  # waiting for a turn
    load_s: float = 0.0                   # loading the model, 0 when it was ready
    first_token_s: float = 0.0            # from prompt ready to first token
    decode_s: float = 0.0                 # first token to last
    reasoning_s: float = 0.0              # first token of the thinking to its last
    memory_bytes: int = 0                 # of the loaded weights, measured
    seed: int = 0
    variant: str = ""
    thinking_closed: ThinkingEnd = ""

    @property
    def output_tokens(self) -> int:
        return self.reasoning_tokens + self.answer_tokens + self.marker_tokens

    @property
    def tokens_per_s(self) -> float:
        """Decoding speed over the tokens after the first; 0 when there are fewer than two."""
        return (self.output_tokens - 1) / self.decode_s if self.decode_s > 0 and self.output_tokens > 1 else 0.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing new; sent at least every 0.2 s so that the reader can be stopped and can say what it waits for."""

    phase: Phase
    elapsed_s: float = 0.0
    position: int = 0                     # people before you in the queue
    fraction: float | None = None         # of the load, where known
    stage: str = ""                       # of the load: "libraries", "weights", "quantise", "cache-write"
    eta_s: float | None = None            # estimated seconds until its turn, from measured loads and turns


@dataclass(frozen=True, slots=True)
class PromptReady:
    prompt: RenderedPrompt
    request: GenerationRequest            # as it runs: with the seed that was drawn and max_tokens that fit


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    text: str
    token_ids: tuple[int, ...] = ()
    marker: bool = False                  # a tag, or part of what closes the thinking for it: not a thought


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str
    token_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ThinkingClosed:
    """The thinking is being closed for the model; the answer follows."""

    why: ThinkingEnd


@dataclass(frozen=True, slots=True)
class Finished:
    reason: FinishReason
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Failed:
    code: str
    message: str
    hint: str = ""
    params: dict[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, error: PlaygroundError) -> Failed:
        """What an error that was raised is told as."""
        return cls(error.code, str(error), error.hint, error.params)

    def error(self) -> PlaygroundError:
        """The error to raise where nobody listens to events."""
        raised = PlaygroundError(self.message, self.hint, **self.params)
        raised.code = self.code
        return raised


Event = Waiting | PromptReady | ReasoningDelta | ThinkingClosed | TextDelta | Finished | Failed
Emit = Callable[[Event], None]


class CancelToken:
    """One per request. Setting it twice is harmless; it is never cleared."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        self._event.set()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def wait(self, timeout_s: float) -> bool:
        """True as soon as it is cancelled, False after `timeout_s`."""
        return self._event.wait(timeout_s)


# ---------------------------------------------------------------- what the model cache tells
SlotState = Literal["loading", "ready", "closing"]
EventKind = Literal[
    "load_started", "loaded", "load_failed", "hit", "coalesced", "evicted", "pinned", "unpinned", "unload_asked",
    "cancelled", "refused", "leak",
]


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One variant the cache holds or loads. Sizes in bytes: predicted from the config, measured after the load."""

    key: str
    state: SlotState
    refs: int
    waiting: int
    predicted_bytes: int
    memory_bytes: int                     # of the weights; 0 until it is loaded
    stage: str
    fraction: float | None
    idle_s: float                         # since the last release, 0 while in use
    pinned: bool = False
    expires_in_s: float | None = None     # until keep_alive unloads it when nobody asks; None: never
    loads: int = 0                        # since the start, as `hits`
    hits: int = 0                         # requests that found it in memory
    load_s: float | None = None           # of the last load, None before the first one ended
    working_bytes: int = 0                # set aside for answering, beside the weights
    kv_bytes: int = 0                     # keys and values of running answers, and of past ones for their next turns
    device: str = ""                      # where it is, as torch names it


@dataclass(frozen=True, slots=True)
class DeviceMemory:
    """Bytes of one device: taken by models, what they may take together, and what did not come back."""

    used_bytes: int
    budget_bytes: int
    leaked_bytes: int = 0
    device: str = "cpu"                   # as torch names it: "cpu", "cuda:0", "mps"

    @property
    def own(self) -> bool:
        """Whether the device has memory of its own, apart from the machine's."""
        return self.device.startswith("cuda")


@dataclass(frozen=True, slots=True)
class CacheEvent:
    """One thing that happened. time_s is seconds since 1970; `key` is "a + b" for a request of several models.

    detail: the reason of an eviction, the error code of a refusal or a failure, "retry" for a load that is tried again.
    """

    time_s: float
    kind: EventKind
    key: str
    detail: str = ""
    seconds: float = 0.0                  # of a load
    bytes: int = 0                        # loaded, evicted, or not come back


# ---------------------------------------------------------------- ports: what an engine must provide
class Prompter(Protocol):
    """A model's tokenizer and chat template; needs no weights. Safe to use from several threads."""

    def render(self, request: GenerationRequest) -> RenderedPrompt: ...
    def pieces(self, token_ids: tuple[int, ...]) -> tuple[TokenPiece, ...]: ...
    def encode(self, text: str) -> tuple[int, ...]: ...
    def close_ids(self) -> tuple[int, ...]: ...


class LoadedModel(Protocol):
    """A model on a device. At most `max_concurrency` requests run on it at once; the cache holds the others back."""

    memory_bytes: int                     # of the weights, measured after the load
    max_concurrency: int

    @property
    def kv_bytes(self) -> int:
        """Keys and values it holds now. Read from any thread, a few times a second."""
        ...

    def forget(self) -> None:
        """Drop what is kept of past conversations, soon. Running answers go on. From any thread; returns at once."""
        ...

    def generate(self, prompt: RenderedPrompt, sampling: SamplingParams, cancel: CancelToken, emit: Emit
                 ) -> FinishReason:
        """Emit deltas as tokens come, return why it ended. Checks `cancel` before every token.

        Closes the thinking when the prompt's budget is spent, or when it goes round in circles.
        """
        ...

    def close(self) -> None: ...


LoadProgress = Callable[[str, float | None], None]
"""(stage, fraction or None), called from the loading thread."""


class Engine(Protocol):
    """Loads variants. Stateless: everything that lives is a LoadedModel or a Prompter."""

    id: str

    def load(self, variant: Variant, progress: LoadProgress, cancel: CancelToken) -> LoadedModel: ...
    def prompter(self, model: ModelSpec) -> Prompter: ...


class Quantization(Protocol):
    """How weights are stored. One file per scheme in playground/quantizations, exported as QUANTIZATION."""

    id: str                               # "nf4"
    title: str                            # "nf4 (4 bit)"
    bits: float                           # per weight of a quantised linear layer
    max_concurrency: int                  # requests that may run on one loaded model at once

    def unavailable(self) -> str:
        """Why it cannot run on this machine, "" when it can. Imports nothing heavy."""
        ...

    def linear_bytes(self, out_features: int, in_features: int) -> int:
        """Bytes of one quantised linear layer's weights."""
        ...

    def load_kwargs(self) -> dict[str, object]:
        """Keyword arguments for from_pretrained: dtype, quantization_config. May import torch and transformers."""
        ...

    def load_source(self) -> str:
        """The same arguments as Python source, for the script that people copy."""
        ...
