"""What the model cache's schedule talks about: tickets, slots, rules, and the effects it asks for."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field

from playground.errors import PlaygroundError
from playground.types import SlotState, Variant

NEVER = float("-inf")


@dataclass(slots=True, eq=False)
class Ticket:
    """One waiting request for one model or several at once. A preload has a ticket too, but takes no lease."""

    number: int                           # of arrival
    variants: tuple[Variant, ...]         # each once, by key
    since: float
    caller: str = ""
    preload: bool = False                 # cannot leave
    turn: int = field(init=False)         # place in the line for a model: see `turns`
    granted_at: float = NEVER
    keys: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.turn = self.number
        self.keys = tuple(variant.key for variant in self.variants)

    @property
    def name(self) -> str:
        return " + ".join(self.keys)


@dataclass(slots=True, eq=False)
class Slot:
    """One variant that holds memory: reserved while loading, measured when ready, still counted while closing."""

    variant: Variant                      # with the device it is on
    bytes: int                            # of the weights
    reserved_at: float
    since: float                          # of the present state
    state: SlotState = "loading"
    kv_bytes: int = 0                     # keys and values it holds, measured
    forgetting: bool = False              # told to drop past conversations; what it holds after that is in use
    max_concurrency: int = 1
    leases: int = 0
    last_granted: float = NEVER
    last_used: float = NEVER              # last release, or when it was ready
    served: bool = False                  # somebody had a lease on it
    contested: bool = False               # in use while somebody waited for memory
    preload: bool = False                 # load on although nobody waits
    abandoned: bool = False               # the load was told to stop
    retried: bool = False                 # the load ran out of memory once, and all idle models were sent away for it
    sealed_at: int | None = None          # unload asked: tickets with this number or above wait for a new load

    @property
    def key(self) -> str:
        return self.variant.key

    @property
    def device(self) -> str:
        return self.variant.device

    @property
    def reserved_bytes(self) -> int:
        """Weights, and what is set aside for answering."""
        return self.bytes + self.variant.working_bytes

    @property
    def held_bytes(self) -> int:
        """The same, or more while answers take more than that."""
        return max(self.reserved_bytes, self.bytes + self.kv_bytes)

    @property
    def idle(self) -> bool:
        return self.state == "ready" and not self.leases


@dataclass(frozen=True, slots=True)
class Load:
    """Load it after the closes that were asked for before: the loader does one thing after the other."""

    variant: Variant                      # with the device to load it on


@dataclass(frozen=True, slots=True)
class Abandon:
    key: str


@dataclass(frozen=True, slots=True)
class Close:
    key: str


@dataclass(frozen=True, slots=True)
class Forget:
    """It shall drop what it keeps of past conversations."""

    key: str


@dataclass(frozen=True, slots=True)
class Grant:
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Refuse:
    ticket: Ticket
    error: PlaygroundError


Effect = Load | Abandon | Close | Forget | Grant | Refuse


@dataclass(frozen=True, slots=True)
class Rules:
    """Times in seconds, sizes in bytes. budget: by device as torch names it, in order of preference; a number is the
    CPU's. Raises ValueError when no device is named."""

    budget: InitVar[Mapping[str, int] | int]
    max_queue: int = 64
    max_bypass_s: float = 10.0            # a load waits at most this long before hot models stop taking new work
    cooldown_s: float = 5.0               # after a failed load, the same error without another try
    keep_alive_s: float | None = None     # from the last release; 0: unload at once; None or below 0: never
    margin: float = 0.05                  # reserved above the predicted bytes until they are measured
    min_hot_s: float = 10.0               # two models that push each other out change places at most this often
    budgets: Mapping[str, int] = field(init=False)

    def __post_init__(self, budget: Mapping[str, int] | int) -> None:
        budgets = {"cpu": budget} if isinstance(budget, int) else dict(budget)
        if not budgets:
            raise ValueError("no device has a budget")
        object.__setattr__(self, "budgets", budgets)

    @property
    def budget_bytes(self) -> int:
        """Of all devices together."""
        return sum(self.budgets.values())

    @property
    def idle_limit_s(self) -> float | None:
        """keep_alive_s with one word for never."""
        return None if self.keep_alive_s is None or self.keep_alive_s < 0 else self.keep_alive_s


def copied(error: PlaygroundError) -> PlaygroundError:
    """The same error for another reader: one shared instance would collect everybody's tracebacks."""
    return type(error)(str(error), error.hint, **error.params)


def gib(size_bytes: int) -> str:
    """Bytes as people read them."""
    for unit, scale in (("GiB", 2**30), ("MiB", 2**20)):
        if size_bytes >= scale:
            return f"{size_bytes / scale:.1f} {unit}"
    return f"{size_bytes} bytes"
