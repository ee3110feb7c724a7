"""What a request must pass: sizes, how often, and who asks."""
from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import InvalidRequest, RateLimited
from playground.guard import RequestGuard
from playground.guard.caller import CallerOf, is_local
from playground.guard.limits import RateLimiter
from playground.guard.validate import Limits, validate
from playground.types import GenerationRequest, Message, SamplingParams

LIMITS = Limits(max_message_chars=10, max_total_chars=25, max_messages=3, max_tokens_per_answer=100)
FINE = GenerationRequest("m:bf16", (Message("user", "hello"),), SamplingParams(max_tokens=100))


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def asking(*messages: Message) -> GenerationRequest:
    return replace(FINE, messages=messages)


def test_a_request_at_every_bound_is_accepted():
    validate(asking(Message("system", "1234567890"), Message("user", "1234567890"), Message("user", "12345")), LIMITS)


@pytest.mark.parametrize(("request_", "field_", "value", "bound"), [
    (asking(Message("user", "12345678901")), "message", 11, 10),
    (asking(Message("assistant", "x" * 13, "x" * 13)), "conversation", 26, 25),
    (asking(*[Message("user", "a")] * 4), "messages", 4, 3),
    (replace(FINE, sampling=SamplingParams(max_tokens=101)), "max_tokens", 101, 100),
])
def test_what_is_too_long_is_named_with_its_bound(request_, field_, value, bound):
    with pytest.raises(InvalidRequest) as caught:
        validate(request_, LIMITS)
    assert caught.value.params == {"field": field_, "value": value, "bound": bound}
    assert str(value) in str(caught.value) and str(bound) in str(caught.value) and caught.value.hint


@pytest.mark.parametrize("messages", [(), (Message("user", ""),), (Message("user", " \n\t "),)])
def test_an_empty_message_asks_for_text(messages):
    with pytest.raises(InvalidRequest, match="Type a message first."):
        validate(asking(*messages), LIMITS)


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_text_that_no_tokenizer_reads_is_refused(text):
    with pytest.raises(InvalidRequest):
        validate(asking(Message("user", text)), LIMITS)
    with pytest.raises(InvalidRequest):
        validate(asking(Message("assistant", "ok", reasoning=text), Message("user", "a")), LIMITS)


def test_an_invalid_role_is_refused():
    with pytest.raises(InvalidRequest, match="role"):
        validate(asking(Message("tool", "a")), LIMITS)  # type: ignore[arg-type]


def test_a_long_answer_of_the_model_does_not_end_the_conversation():
    validate(asking(Message("user", "a"), Message("assistant", "x" * 20), Message("user", "b")), LIMITS)


def test_a_caller_may_ask_so_often_and_again_after_a_while():
    clock = Clock()
    limiter = RateLimiter(60, clock)
    for _ in range(60):
        limiter.take("a")
    with pytest.raises(RateLimited) as caught:
        limiter.take("a")
    assert caught.value.params == {"wait_s": 1}
    limiter.take("b")                     # others are not affected
    clock.now = 1.0
    limiter.take("a")
    with pytest.raises(RateLimited):
        limiter.take("a")


def test_the_wait_that_is_told_is_enough():
    clock = Clock()
    limiter = RateLimiter(7, clock)
    for _ in range(7):
        limiter.take("a")
    with pytest.raises(RateLimited) as caught:
        limiter.take("a")
    clock.now += caught.value.params["wait_s"]
    limiter.take("a")


def test_the_number_of_remembered_callers_is_bounded():
    limiter = RateLimiter(1, Clock(), max_callers=3)
    for caller in "abcdefg":
        limiter.take(caller)
    assert limiter.callers == 3
    with pytest.raises(RateLimited):
        limiter.take("g")


@given(st.lists(st.floats(0, 30), max_size=60), st.integers(1, 20))
def test_nobody_gets_more_than_the_burst_and_the_refill(pauses, per_minute):
    clock, granted = Clock(), 0
    limiter = RateLimiter(per_minute, clock)
    for pause in pauses:
        clock.now += pause
        try:
            limiter.take("a")
            granted += 1
        except RateLimited:
            pass
    assert granted <= per_minute + clock.now * per_minute / 60 + 1e-6


def test_a_refused_size_costs_the_caller_nothing():
    guard = RequestGuard(LIMITS, RateLimiter(1, Clock()))
    with pytest.raises(InvalidRequest):
        guard("a", asking(Message("user", "")))
    guard("a", FINE)
    with pytest.raises(RateLimited):
        guard("a", FINE)


# ---------------------------------------------------------------- who asks
@dataclass
class FakePeer:
    host: str


@dataclass
class FakeRequest:
    client: FakePeer | None
    headers: dict[str, str] = field(default_factory=dict)


def request_from(host: str, forwarded: str = "") -> FakeRequest:
    return FakeRequest(FakePeer(host), {"x-forwarded-for": forwarded} if forwarded else {})


@pytest.mark.parametrize(("host", "forwarded", "caller"), [
    ("203.0.113.9", "1.2.3.4", "203.0.113.9"),              # not a proxy we know: the header is its own invention
    ("10.0.0.2", "", "10.0.0.2"),
    ("10.0.0.2", "203.0.113.9", "203.0.113.9"),
    ("10.0.0.2", "1.2.3.4, 203.0.113.9", "203.0.113.9"),    # what the client wrote itself stands on the left
    ("10.0.0.2", "1.2.3.4, 203.0.113.9, 10.0.0.3", "203.0.113.9"),
    ("10.0.0.2", "1.2.3.4, rubbish", "10.0.0.2"),
    ("10.0.0.2", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
    ("::ffff:10.0.0.2", "203.0.113.9", "203.0.113.9"),
    ("::1", "", "::1"),
    ("testclient", "", "testclient"),
])
def test_only_trusted_proxies_may_name_the_caller(host, forwarded, caller):
    assert CallerOf(["10.0.0.0/8"])(request_from(host, forwarded)) == caller


def test_without_trusted_proxies_the_header_is_ignored():
    assert CallerOf()(request_from("127.0.0.1", "1.2.3.4")) == "127.0.0.1"
    assert CallerOf()(FakeRequest(None)) == "unknown"


# ---------------------------------------------------------------- the owner
@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("name", ["localhost:7860", "127.0.0.1:7860", "[::1]:7860", "[::1]", "LOCALHOST"])
def test_a_browser_on_this_machine_is_local(host: str, name: str):
    assert is_local(FakeRequest(FakePeer(host), {"host": name}))


@pytest.mark.parametrize("host", ["192.168.1.7", "10.0.0.1", "2001:db8::1", "unknown", ""])
def test_another_machine_is_not_local_whatever_it_writes(host: str):
    assert not is_local(FakeRequest(FakePeer(host), {"host": "localhost:7860"}))
    assert not is_local(FakeRequest(None, {"host": "localhost:7860"}))


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "via", "x-forwarded-host"])
def test_what_comes_through_a_proxy_on_this_machine_is_not_local(header: str):
    assert not is_local(FakeRequest(FakePeer("127.0.0.1"), {"host": "localhost:7860", header: "127.0.0.1"}))
    assert not is_local(FakeRequest(FakePeer("127.0.0.1"), {"host": "localhost:7860", header: ""}))


@pytest.mark.parametrize("name", ["evil.example", "evil.example:7860", "localhost.evil.example", ""])
def test_a_foreign_name_that_leads_here_is_not_local(name: str):
    assert not is_local(FakeRequest(FakePeer("127.0.0.1"), {"host": name}))
