"""The JSON of POST /v1/chat/completions -> a GenerationRequest. What would change the answer and is not supported is
refused; what is harmless and unknown is ignored, as OpenAI's clients expect."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from playground.api.errors import ApiError
from playground.errors import PlaygroundError
from playground.types import GenerationRequest, Message, ModelSpec, Picture, Role, SamplingParams, Variant

PictureOf = Callable[[str], Picture]
MAX_STOPS = 4                             # as OpenAI
ROLES: dict[str, Role] = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
SAMPLING_FIELDS = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty", "seed")
WHOLE = ("top_k", "seed", "max_tokens")
# fields of OpenAI's and vLLM's that change the answer, with the values that ask for nothing
UNSUPPORTED: dict[str, tuple[Any, ...]] = {
    "tools": ([],), "tool_choice": ("none", "auto"), "functions": ([],), "function_call": ("none", "auto"),
    "response_format": ({"type": "text"},), "logprobs": (False, 0), "top_logprobs": (0,), "logit_bias": ({},),
    "frequency_penalty": (0,), "presence_penalty": (0,), "modalities": (["text"],), "audio": (), "n": (1,),
    "reasoning_effort": (), "verbosity": (), "web_search_options": (), "best_of": (1,), "use_beam_search": (False,),
    "length_penalty": (1,), "min_tokens": (0,), "ignore_eos": (False,), "stop_token_ids": ([],), "bad_words": ([],),
    "guided_json": (), "guided_regex": (), "guided_choice": (), "guided_grammar": (), "structured_outputs": (),
    "chat_template": (), "documents": ([],), "continue_final_message": (False,), "add_generation_prompt": (True,),
    "prompt_logprobs": (), "truncate_prompt_tokens": (), "allowed_token_ids": ([],), "echo": (False,),
}
HINTS = {"reasoning_effort": ' Use chat_template_kwargs: {"enable_thinking": false} to answer without thinking.',
         "n": " Ask n times instead."}


@dataclass(frozen=True, slots=True)
class Asked:
    """What one call wants."""

    request: GenerationRequest
    model: str                            # as the caller wrote it
    stream: bool
    include_usage: bool
    stops: tuple[str, ...]


def parse(body: Any, variant_of: Callable[[str], Variant], max_tokens_default: int, picture_of: PictureOf) -> Asked:
    """The checked call. Raises ApiError naming the field; `variant_of` may raise UnknownName.

    picture_of: reads a data: URL, raises InvalidRequest for anything else; no address is ever fetched.
    """
    if not isinstance(body, dict):
        raise ApiError(400, "The body must be a JSON object.", code="invalid_type")
    name = _typed(body, "model", str, "a model's name")
    if not name:
        raise ApiError(400, "model is missing; GET /v1/models lists what can be used.", param="model", code="missing")
    _refuse_unsupported(body)
    messages = _messages(body.get("messages"), picture_of)
    options = _typed(body, "stream_options", dict, "an object") or {}
    thinking = _thinking(body)
    variant, budget = variant_of(name), _budget(body)
    thinks = thinking is not False and budget != 0
    return Asked(
        request=GenerationRequest(variant.key, messages, _sampling(body, variant.model, thinks, max_tokens_default),
                                  thinking, budget),
        model=name,
        stream=bool(_typed(body, "stream", bool, "true or false")),
        include_usage=bool(_typed(options, "include_usage", bool, "true or false")),
        stops=_stops(body.get("stop")),
    )


def _typed(body: dict[str, Any], name: str, kind: type, wanted: str) -> Any:
    value = body.get(name)
    if value is not None and not isinstance(value, kind):
        raise ApiError(400, f"{name} must be {wanted}.", param=name, code="invalid_type")
    return value


def _refuse_unsupported(body: dict[str, Any]) -> None:
    for name in UNSUPPORTED.keys() & body.keys():
        if body[name] is not None and body[name] not in UNSUPPORTED[name]:
            raise ApiError(400, f"{name} is not supported here.{HINTS.get(name, '')}", param=name,
                           code="unsupported_parameter")


def _messages(value: Any, picture_of: PictureOf) -> tuple[Message, ...]:
    if not isinstance(value, list):
        raise ApiError(400, "messages must be a list.", param="messages", code="invalid_type")
    return tuple(_message(each, f"messages[{at}]", picture_of) for at, each in enumerate(value))


def _message(each: Any, where: str, picture_of: PictureOf) -> Message:
    if not isinstance(each, dict):
        raise ApiError(400, f"{where} must be an object.", param=where, code="invalid_type")
    role = each.get("role")
    if not isinstance(role, str) or role not in ROLES:
        raise ApiError(400, f"{where}.role must be one of {', '.join(ROLES)}; tools are not supported here.",
                       param=f"{where}.role", code="invalid_value")
    if each.get("tool_calls"):
        raise ApiError(400, "tool_calls are not supported here.", param=where, code="unsupported_parameter")
    reasoning = each.get("reasoning_content") or ""
    if not isinstance(reasoning, str):
        raise ApiError(400, f"{where}.reasoning_content must be text.", param=where, code="invalid_type")
    text, pictures = _content(each.get("content"), where, role, picture_of)
    return Message(ROLES[role], text, reasoning, pictures)


def _content(content: Any, where: str, role: str, picture_of: PictureOf) -> tuple[str, tuple[Picture, ...]]:
    """Content as one text and its pictures: a string, or parts one after the other. Pictures are the user's."""
    if isinstance(content, str):
        return content, ()
    if content is None and role == "assistant":
        return "", ()
    if not isinstance(content, list):
        raise ApiError(400, f"{where}.content must be text or a list of text parts.", param=f"{where}.content",
                       code="invalid_type")
    texts, pictures = [], []
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "text" and isinstance(part.get("text"), str):
            texts.append(part["text"])
        elif kind == "image_url" and role == "user":
            pictures.append(_picture(part.get("image_url"), where, picture_of))
        else:
            raise ApiError(400, f"{where}.content: text parts are supported here, and image_url parts of the user; "
                                f"got {str(kind)[:40]!r}.", param=f"{where}.content", code="unsupported_content")
    return "\n".join(texts), tuple(pictures)


def _picture(value: Any, where: str, picture_of: PictureOf) -> Picture:
    url = value.get("url") if isinstance(value, dict) else value
    if not isinstance(url, str):
        raise ApiError(400, f"{where}.content: image_url needs a url.", param=f"{where}.content", code="invalid_type")
    try:
        return picture_of(url)
    except PlaygroundError as error:
        raise ApiError(400, f"{where}.content: {error} {error.hint}", param=f"{where}.content",
                       code="invalid_image") from error


def _thinking(body: dict[str, Any]) -> bool | None:
    options = _typed(body, "chat_template_kwargs", dict, "an object") or {}
    if unknown := sorted(options.keys() - {"enable_thinking"}):
        raise ApiError(400, f"chat_template_kwargs: only enable_thinking is supported, got {unknown[0][:40]!r}.",
                       param="chat_template_kwargs", code="unsupported_parameter")
    thinking: bool | None = _typed(options, "enable_thinking", bool, "true or false")
    return thinking


def _budget(body: dict[str, Any]) -> int | None:
    """Tokens of thinking; None when the caller does not say."""
    value = body.get("thinking_budget")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise ApiError(400, "thinking_budget must be a whole number of tokens.", param="thinking_budget",
                       code="invalid_type")
    return int(value)


def _sampling(body: dict[str, Any], model: ModelSpec, thinking: bool, max_tokens_default: int) -> SamplingParams:
    """The model's recommended values, with what the caller gave in their place."""
    thinks = model.thinking in ("always", "prefilled") or (model.thinking == "hybrid" and thinking)
    recommended = model.thinking_sampling if thinks else model.sampling
    given = {name: body[name] for name in SAMPLING_FIELDS if body.get(name) is not None}
    max_tokens = body.get("max_completion_tokens", body.get("max_tokens"))
    given["max_tokens"] = min(recommended.max_tokens, max_tokens_default) if max_tokens is None else max_tokens
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ApiError(400, f"{name} must be a number.", param=name, code="invalid_type")
        if name in WHOLE and isinstance(value, float) and value.is_integer():
            given[name] = int(value)
    if given.get("top_k") == -1:          # vLLM's way to say "no cut"
        given["top_k"] = 0
    return replace(recommended, **given)


def _stops(value: Any) -> tuple[str, ...]:
    stops = [value] if isinstance(value, str) else value or []
    if not isinstance(stops, list) or not all(isinstance(each, str) and each for each in stops):
        raise ApiError(400, "stop must be a text or a list of texts, none of them empty.", param="stop",
                       code="invalid_type")
    if len(stops) > MAX_STOPS or any(len(each) > 1000 for each in stops):
        raise ApiError(400, f"stop: at most {MAX_STOPS} texts of at most 1000 characters.", param="stop",
                       code="invalid_value")
    return tuple(stops)
