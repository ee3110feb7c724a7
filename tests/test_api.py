"""The API as its users meet it: the real openai package and plain HTTP against a live server."""
from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai import AsyncOpenAI, OpenAI

from playground.api.routes import api_routes
from playground.api.stop import StopTexts
from playground.errors import Busy, LoadFailed, OutOfMemory
from playground.guard.validate import Limits
from tests.fake_house import FakeEngine, House, free_port, house, live

PIXEL = ("data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5"
         "ErkJggg==")
HELLO = [{"role": "user", "content": "Hi"}]
WAIT_S = 10


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[House, str]]:
    one = house(per_minute=100_000)
    with live(one) as address:
        yield one, address


@pytest.fixture
def made(shared: tuple[House, str]) -> House:
    shared[0].engine.seen.clear()
    return shared[0]


@pytest.fixture
def url(shared: tuple[House, str]) -> str:
    return shared[1]


@pytest.fixture
def client(url: str) -> OpenAI:
    return OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0, timeout=WAIT_S)


def post(url: str, **body: object) -> httpx.Response:
    return httpx.post(f"{url}/v1/chat/completions", json={"model": "tiny", "messages": HELLO, **body}, timeout=WAIT_S)


def health(url: str) -> dict[str, Any]:
    """The first fresh answer; on a busy machine the cache may be late, and then the last known state is told."""
    for _ in range(100):
        told: dict[str, Any] = httpx.get(f"{url}/health", timeout=WAIT_S).json()
        if not told["stale"]:
            return told
    raise AssertionError("never fresh")


# ---------------------------------------------------------------- answers
def test_a_plain_answer_keeps_the_reasoning_apart(client):
    answer = client.chat.completions.create(model="tiny", messages=HELLO)
    message = answer.choices[0].message
    assert (message.role, message.content, message.reasoning_content) == ("assistant", "Hello, wörld!", "Let me think.")
    assert (answer.choices[0].finish_reason, answer.model, answer.system_fingerprint) == ("stop", "tiny", "tiny:bf16")
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (2, 6, 8)
    assert answer.usage.completion_tokens_details.reasoning_tokens == 2


def test_a_streamed_answer_comes_in_pieces_and_says_why_it_ended(client):
    chunks = list(client.chat.completions.create(model="tiny", messages=HELLO, stream=True))
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == "Hello, wörld!"
    reasoning = [getattr(c.choices[0].delta, "reasoning_content", None) for c in chunks]
    assert [piece for piece in reasoning if piece] == ["Let me ", "think."]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [c.choices[0].finish_reason for c in chunks] == [None] * 7 + ["stop"]
    assert len({c.id for c in chunks}) == 1 and all(c.usage is None for c in chunks)


def test_a_stream_tells_the_usage_when_asked(client):
    *_, last = client.chat.completions.create(model="tiny", messages=HELLO, stream=True,
                                              stream_options={"include_usage": True})
    assert last.choices == [] and last.usage.completion_tokens == 6


def test_the_async_client_works_too(url):
    async def ask() -> tuple[str, str]:
        async with AsyncOpenAI(base_url=f"{url}/v1", api_key="any", timeout=WAIT_S) as client:
            whole = await client.chat.completions.create(model="tiny", messages=HELLO)
            stream = await client.chat.completions.create(model="tiny", messages=HELLO, stream=True)
            return whole.choices[0].message.content, "".join([c.choices[0].delta.content or "" async for c in stream])

    assert asyncio.run(ask()) == ("Hello, wörld!", "Hello, wörld!")


def test_the_answer_ends_at_max_tokens(client):
    answer = client.chat.completions.create(model="tiny", messages=HELLO, max_completion_tokens=3)
    assert (answer.choices[0].finish_reason, answer.choices[0].message.content) == ("length", "Hello")


def test_the_models_are_listed_by_id_and_by_variant(client):
    assert [m.id for m in client.models.list()] == ["tiny", "tiny:bf16", "plain", "plain:bf16"]


def test_a_variant_can_be_named(client):
    assert client.chat.completions.create(model="tiny:bf16", messages=HELLO).system_fingerprint == "tiny:bf16"


@pytest.mark.parametrize(("model", "thinking", "temperature"), [
    ("tiny", None, 0.6), ("tiny", True, 0.6), ("tiny", False, 0.7), ("plain", None, 0.7),
])
def test_what_is_not_given_is_what_the_model_recommends(made, client, model, thinking, temperature):
    extra = {} if thinking is None else {"chat_template_kwargs": {"enable_thinking": thinking}}
    client.chat.completions.create(model=model, messages=HELLO, extra_body=extra)
    assert made.engine.seen[0][1].temperature == temperature and made.engine.seen[0][1].max_tokens == 50


def test_what_is_given_reaches_the_engine(made, client):
    client.chat.completions.create(model="tiny", messages=HELLO, temperature=0, top_p=0.5, seed=7, max_tokens=9,
                                   extra_body={"top_k": -1, "min_p": 0.1, "repetition_penalty": 1.1})
    used = made.engine.seen[0][1]
    assert (used.temperature, used.top_p, used.seed, used.max_tokens) == (0, 0.5, 7, 9)
    assert (used.top_k, used.min_p, used.repetition_penalty) == (0, 0.1, 1.1)


@pytest.mark.parametrize(("budget", "reaches"), [(0, None), (8, 8), (90, 50 - 1 - 16)])
def test_the_thinking_budget_reaches_the_engine_with_room_for_an_answer(made, client, budget, reaches):
    client.chat.completions.create(model="tiny", messages=HELLO, extra_body={"thinking_budget": budget})
    prompt, used = made.engine.seen[0]
    assert prompt.thinking_budget == reaches
    assert used.temperature == (0.6 if budget else 0.7)


def test_a_picture_in_a_data_url_reaches_the_engine(made, client):
    client.chat.completions.create(model="tiny", messages=[{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}}, {"type": "text", "text": "What is it?"}]}])
    assert [(each.width, each.height) for each in made.engine.seen[0][0].pictures] == [(1, 1)]


def test_text_parts_are_one_text_and_a_developer_is_the_system(made, client):
    parts = [{"type": "text", "text": "ab"}, {"type": "text", "text": "cd"}]
    client.chat.completions.create(model="tiny", messages=[{"role": "developer", "content": "be kind"},
                                                           {"role": "user", "content": parts}])
    assert made.engine.seen[0][0].text == "ab\ncd"


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_ends_before_a_stop_text_that_spans_tokens(url, stream):
    response = post(url, stop=["!", "o, w"], stream=stream)
    if stream:
        chunks = [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: {")]
        text = "".join(c["choices"][0]["delta"].get("content", "") for c in chunks)
        reason = chunks[-1]["choices"][0]["finish_reason"]
    else:
        choice = response.json()["choices"][0]
        text, reason = choice["message"]["content"], choice["finish_reason"]
    assert (text, reason) == ("Hell", "stop")


def test_harmless_unknown_fields_are_ignored(url):
    assert post(url, user="me", store=False, metadata={"a": "b"}, some_new_field=1, n=1, tools=None,
                response_format={"type": "text"}, presence_penalty=0.0).status_code == 200


# ---------------------------------------------------------------- refusals
@pytest.mark.parametrize(("body", "param"), [
    ({"tools": [{"type": "function"}]}, "tools"),
    ({"response_format": {"type": "json_object"}}, "response_format"),
    ({"logprobs": True}, "logprobs"),
    ({"n": 2}, "n"),
    ({"presence_penalty": 0.5}, "presence_penalty"),
    ({"messages": "hi"}, "messages"),
    ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]}, "messages[0].content"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://127.0.0.1/a.png"}}]}]},
     "messages[0].content"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]}]},
     "messages[0].content"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {
        "url": "data:image/png;base64,AAAA"}}]}]}, "messages[0].content"),
    ({"messages": [{"role": "system", "content": [{"type": "image_url", "image_url": {"url": PIXEL}}]}]},
     "messages[0].content"),
    ({"messages": [{"role": "user", "content": [{"type": "text", "text": "?"}, *[
        {"type": "image_url", "image_url": {"url": PIXEL}}] * 5]}]}, "pictures"),
    ({"messages": [{"role": "user", "content": [{"type": "video_url", "video_url": {"url": PIXEL}}]}]},
     "messages[0].content"),
    ({"messages": [{"role": "user", "content": None}]}, "messages[0].content"),
    ({"messages": [7]}, "messages[0]"),
    ({"messages": [{"role": "user", "content": ""}]}, "messages"),
    ({"messages": []}, "messages"),
    ({"temperature": "hot"}, "temperature"),
    ({"max_tokens": 101}, "max_tokens"),
    ({"max_tokens": True}, "max_tokens"),
    ({"stop": [""]}, "stop"),
    ({"stop": ["a"] * 5}, "stop"),
    ({"stream": "yes"}, "stream"),
    ({"model": None}, "model"),
    ({"chat_template_kwargs": {"enable_thinking": "no"}}, "enable_thinking"),
    ({"chat_template_kwargs": {"other": 1}}, "chat_template_kwargs"),
    ({"thinking_budget": "many"}, "thinking_budget"),
    ({"thinking_budget": 1.5}, "thinking_budget"),
    ({"thinking_budget": -1}, "thinking_budget"),
    ({"thinking_budget": 10, "model": "plain"}, "thinking_budget"),
    ({"thinking_budget": 10, "max_tokens": 12}, "max_tokens"),
])
@pytest.mark.parametrize("stream", [False, True])
def test_what_cannot_be_done_is_refused_by_name(url, body, param, stream):
    response = post(url, **{"stream": stream, **body})
    error = response.json()["error"]
    assert (response.status_code, error["type"], error["param"]) == (400, "invalid_request_error", param)
    assert error["message"] and set(error) == {"message", "type", "param", "code"}


@pytest.mark.parametrize("body", [{"temperature": 9}, {"top_p": 0}, {"seed": -1}, {"seed": 1.5}, {"max_tokens": 0}])
def test_sampling_out_of_bounds_names_the_bound(url, body):
    response = post(url, **body)
    assert response.status_code == 400 and next(iter(body)) in response.json()["error"]["message"]


@pytest.mark.parametrize("content", [
    b"", b"{", b"[" * 50_000, b"\xff\xfe", b"[]", b'"hi"', b"null", b'{"a":' + b"9" * 9999,
])
def test_a_body_that_is_no_call_is_refused(url, content):
    response = httpx.post(f"{url}/v1/chat/completions", content=content, headers={"content-type": "application/json"})
    assert response.status_code == 400 and response.json()["error"]["type"] == "invalid_request_error"


def test_another_content_type_is_refused(url):
    assert httpx.post(f"{url}/v1/chat/completions", content=b"{}").status_code == 415


def test_a_body_that_is_too_long_is_refused_with_and_without_its_length(made, url):
    big = b" " * (made.api.limits.max_body_bytes + 1)
    headers = {"content-type": "application/json"}
    assert httpx.post(f"{url}/v1/chat/completions", content=big, headers=headers).status_code == 413
    assert httpx.post(f"{url}/v1/chat/completions", content=iter([big[:9], big]), headers=headers).status_code == 413


def test_the_errors_raise_the_right_exceptions(client):
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(model="gpt-4o", messages=HELLO)
    assert missing.value.code == "model_not_found" and "tiny:bf16" in missing.value.message
    with pytest.raises(openai.BadRequestError) as long:
        client.chat.completions.create(model="tiny", messages=[{"role": "user", "content": "x" * 200}], stream=True)
    assert long.value.code == "context_length_exceeded"


def test_a_set_key_is_needed_everywhere_but_for_health():
    with live(house(api_key="right")) as url:
        for wrong in ("wrong", "right2", "ключ"):
            response = httpx.get(f"{url}/v1/models", headers={"authorization": f"Bearer {wrong}".encode()})
            assert response.status_code == 401 and response.json()["error"]["code"] == "invalid_api_key"
        with pytest.raises(openai.AuthenticationError):
            OpenAI(base_url=f"{url}/v1", api_key="wrong").chat.completions.create(model="tiny", messages=HELLO)
        OpenAI(base_url=f"{url}/v1", api_key="right").chat.completions.create(model="tiny", messages=HELLO)
        assert httpx.get(f"{url}/health").status_code == 200


@pytest.mark.parametrize("stream", [False, True])
def test_who_asks_too_often_is_told_how_long_to_wait(stream):
    with live(house(per_minute=1)) as url:
        assert post(url).status_code == 200
        response = post(url, stream=stream)
        assert response.status_code == 429 and 1 <= int(response.headers["retry-after"]) <= 60
        client = OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0)
        with pytest.raises(openai.RateLimitError):
            client.chat.completions.create(model="tiny", messages=HELLO)


@pytest.mark.parametrize(("error", "status", "retry"), [
    (Busy("Full.", "Wait."), 503, None), (OutOfMemory("Too big.", "Pick another."), 503, "false"),
    (LoadFailed("Broken.", "Download again."), 500, "false"), (ValueError("secret detail"), 500, "false"),
])
@pytest.mark.parametrize("stream", [False, True])
def test_failures_have_their_status_and_only_some_are_worth_a_retry(error, status, retry, stream):
    with live(house(FakeEngine(error=error))) as url:
        response = post(url, stream=stream)
        assert (response.status_code, response.headers.get("x-should-retry")) == (status, retry)
        assert "secret" not in response.text


def test_a_failure_after_the_stream_began_is_an_error_for_the_client():
    class Breaks(FakeEngine):
        def generate(self, *args, **kwargs):
            super().generate(*args, **kwargs)
            raise OutOfMemory("The device is full.", "Pick another variant.")

    with live(house(Breaks())) as url:
        client = OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0)
        seen = []
        with pytest.raises(openai.APIError, match="The device is full."):
            for chunk in client.chat.completions.create(model="tiny", messages=HELLO, stream=True):
                seen.append(chunk)
        assert len(seen) == 7


# ---------------------------------------------------------------- going away, waiting
@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_goes_away_ends_its_generation(stream):
    made = house(FakeEngine(endless=True))
    with live(made) as url:
        body = {"model": "tiny", "messages": HELLO, "stream": stream, "max_tokens": 50}
        if stream:
            with httpx.stream("POST", f"{url}/v1/chat/completions", json=body, timeout=WAIT_S) as response:
                assert "data:" in next(response.iter_text())
        else:
            with pytest.raises(httpx.ReadTimeout):
                httpx.post(f"{url}/v1/chat/completions", json=body, timeout=0.3)
        assert made.engine.cancelled.wait(WAIT_S)


@pytest.mark.slow
def test_beside_a_gradio_page_answers_stream_and_end_with_their_client():
    import gradio as gr

    made = house(FakeEngine(endless=True))
    with gr.Blocks(analytics_enabled=False) as page:
        gr.Markdown("A page")
    port = free_port()
    page.launch(server_port=port, app_kwargs={"routes": api_routes(made.api)}, prevent_thread_lock=True, quiet=True)
    try:
        body = {"model": "tiny", "messages": HELLO, "stream": True, "max_tokens": 50}
        headers = {"accept-encoding": "br, gzip"}
        with httpx.stream("POST", f"http://127.0.0.1:{port}/v1/chat/completions", json=body, headers=headers,
                          timeout=WAIT_S) as response:
            assert "content-encoding" not in response.headers   # compression would hold tokens back
            assert "data:" in next(response.iter_text())
        assert made.engine.cancelled.wait(WAIT_S)
    finally:
        page.close()
        made.cache.shutdown(5)


def test_a_stream_stays_alive_while_its_model_loads():
    made = house()
    made.engine.load_gate.clear()
    with live(made) as url, httpx.stream("POST", f"{url}/v1/chat/completions", timeout=WAIT_S, json={
            "model": "tiny", "messages": HELLO, "stream": True}) as response:
        lines = response.iter_lines()
        waited = next(line for line in lines if line.startswith(":"))
        made.engine.load_gate.set()
        rest = list(lines)
    assert waited.startswith(": loading") and rest[-2:] == ["data: [DONE]", ""]


def test_many_slow_answers_hold_up_nobody():
    made = house(FakeEngine(endless=True, max_concurrency=100))
    body = {"model": "tiny", "messages": HELLO, "stream": True, "max_tokens": 50}

    async def crowd(url: str) -> int:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(timeout=WAIT_S, limits=limits) as client:
            async def begin() -> httpx.Response:
                response = await client.send(client.build_request("POST", f"{url}/v1/chat/completions", json=body),
                                             stream=True)
                await response.aiter_bytes().__anext__()
                return response

            open_ones = await asyncio.gather(*[begin() for _ in range(60)])
            status = (await client.get(f"{url}/health")).status_code      # while all of them are held open
            for response in open_ones:
                await response.aclose()
            return status

    with live(made) as url:
        assert asyncio.run(crowd(url)) == 200


def test_health_tells_what_is_loaded():
    with live(house()) as url:
        assert health(url)["models"] == []
        post(url)
        told = health(url)
    assert told["models"] == [{"key": "tiny:bf16", "state": "ready", "memory_bytes": 1000}]
    assert (told["status"], told["version"], told["queue_length"]) == ("ok", "1.2.3", 0)
    assert told["uptime_s"] >= 0


def test_health_answers_at_once_while_a_model_loads():
    made = house()
    made.engine.load_gate.clear()
    with live(made) as url:
        made.cache.preload(made.api.variant_of("tiny"))
        assert made.engine.loading.wait(WAIT_S)
        assert health(url)["status"] == "loading"


def test_health_answers_even_when_the_cache_does_not():
    made, unlocked = house(), threading.Event()
    made.api = replace(made.api, states=lambda: [] if unlocked.wait(WAIT_S) else [])
    with live(made) as url:
        stale = [httpx.get(f"{url}/health", timeout=WAIT_S).json()["stale"] for _ in range(3)]
        unlocked.set()
    assert stale == [True] * 3


# ---------------------------------------------------------------- stop texts
@given(st.text("ab<", max_size=30), st.lists(st.text("ab<", min_size=1, max_size=4), max_size=3), st.randoms())
def test_stop_texts_do_not_depend_on_how_the_text_is_cut(text, stops, random):
    found = [at for stop in stops if (at := text.find(stop)) >= 0]
    cut, shown, rest = StopTexts(stops), "", text
    while rest:
        size = random.randint(1, len(rest))
        shown, rest = shown + cut.feed(rest[:size]), rest[size:]
        assert text.startswith(shown)
    shown += cut.flush()
    assert shown == (text[:min(found)] if found else text) or _earlier_stop_completed_first(text, stops, shown)


def _earlier_stop_completed_first(text: str, stops: list[str], shown: str) -> bool:
    """Pieces may complete a short stop before a longer one that began earlier; then the short one ends the answer."""
    return any(text[len(shown):].startswith(stop) for stop in stops)


def test_limits_of_the_body_follow_the_limits_of_the_text():
    assert Limits(max_total_chars=1000, max_pictures=2).max_body_bytes == 12_000 + 8_000_000 + 65_536
