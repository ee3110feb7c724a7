"""Many answers at once on one model: every step makes one token for each of them.

transformers' own continuous batching was measured first: one stream ran at a third of `generate`'s speed, and it draws
from torch's global random numbers. Here a single stream is as fast as `generate`, each answer has its own seed, and
the history of a conversation is not read twice.
"""
from __future__ import annotations

import logging
import queue
import threading
import weakref
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from playground.engines._device import use_threads
from playground.engines._kv import BatchCache, Pairs, PrefixStore
from playground.engines._memory import answer_ran_out, ran_out
from playground.engines._sampling import Chooser, choose
from playground.engines._sink import Answer
from playground.types import CancelToken, FinishReason, SamplingParams

log = logging.getLogger(__name__)

MOST_ROWS = 32
PREFILL_TOKENS = 512                      # of a prompt read at once; between two parts the others get their token
_END_S = 10.0                             # a forward pass may have to end first
FULL_ATTENTION = frozenset({"qwen2", "qwen3", "qwen2_moe", "qwen3_moe"})


def can_batch(model: Any) -> bool:
    """Whether every layer attends to all earlier tokens; other layers keep state that cannot be padded."""
    kinds = getattr(model.config, "layer_types", None) or ()
    return model.config.model_type in FULL_ATTENTION and all(kind == "full_attention" for kind in kinds)


@dataclass(eq=False)
class _Row:
    """One request. `cache` is its own while the prompt is read."""

    prompt: tuple[int, ...]
    answer: Answer
    chooser: Chooser
    cancel: CancelToken
    tokens: list[int] = field(default_factory=list)     # chosen so far
    cache: BatchCache = field(default_factory=BatchCache)
    read: int = 0                         # tokens of the prompt in `cache`
    done: threading.Event = field(default_factory=threading.Event)
    reason: FinishReason = "cancelled"
    error: BaseException | None = None


class _Forget:
    """Sent to the worker: drop what is kept for the next turns."""


class Batch:
    """Owns the model's forward passes. `answer` may be called from any number of threads; one thread does the work."""

    def __init__(self, model: Any, threads: int, kv_limit_bytes: int, prefix_limit_bytes: int) -> None:
        self._model, self._threads, self._kv_limit = model, threads, kv_limit_bytes
        self._arrived: queue.SimpleQueue[_Row | _Forget | None] = queue.SimpleQueue()
        self._reading: deque[_Row] = deque()
        self._rows: list[_Row] = []       # in the order of the cache's rows
        self._cache = BatchCache()
        self._prefixes = PrefixStore(prefix_limit_bytes)
        self._stop: weakref.finalize[Any, Any] | None = None      # ends the thread; none runs before the first answer
        self._starting = threading.Lock()

    def answer(self, prompt: tuple[int, ...], sampling: SamplingParams, cancel: CancelToken, answer: Answer
               ) -> FinishReason:
        """Write the whole answer and return why it ended. Raises OutOfMemory; the model and the others go on."""
        row = _Row(prompt, answer, Chooser(sampling, prompt, self._model.device), cancel)
        with self._starting:
            if self._stop is None:
                # daemon: Ctrl-C must end the process although a forward pass cannot be interrupted
                worker = threading.Thread(target=self._work, name="generation batch", daemon=True)
                worker.start()
                # also at the end of the process: a thread that frees tensors while Python goes away aborts it
                self._stop = weakref.finalize(self, _end_thread, self._arrived, worker)
        self._arrived.put(row)
        row.done.wait()
        if row.error is not None:
            raise row.error
        return row.reason

    @property
    def kv_bytes(self) -> int:
        """Of running answers and of what is kept for the next turns."""
        return self._cache.bytes + self._prefixes.bytes + sum(row.cache.bytes for row in tuple(self._reading))

    def forget(self) -> None:
        """Drop what is kept for the next turns."""
        self._arrived.put(_Forget())

    def close(self) -> None:
        """End the thread and drop what it holds. Nobody may be answered any more."""
        if self._stop is not None:
            self._stop()
        self._model = None

    # ------------------------------------------------------------ the worker
    def _work(self) -> None:
        import torch

        use_threads(self._threads)
        with torch.inference_mode():
            while self._collect():
                self._drop_cancelled()
                self._read_some()
                self._step()
        self._prefixes.clear()
        self._cache = BatchCache()

    def _collect(self) -> bool:
        """Take in what has arrived, waiting when there is nothing else to do. False when it is time to end."""
        while True:
            try:
                row = self._arrived.get(block=not self._rows and not self._reading)
            except queue.Empty:
                return True
            if row is None:
                return False
            if isinstance(row, _Row):
                self._reading.append(row)
            else:
                self._prefixes.clear()

    def _drop_cancelled(self) -> None:
        for row in [row for row in self._reading if row.cancel.cancelled]:
            self._reading.remove(row)
            self._end(row)
        self._remove([row for row in self._rows if row.cancel.cancelled])

    def _read_some(self) -> None:
        """Read a part of the oldest prompt; after its last part the answer has its first token."""
        if not self._reading or (self._rows and self._cache.bytes >= self._kv_limit):
            return
        row = self._reading[0]
        try:
            logits = self._read_part(row)
            if logits is None:
                return
            self._reading.popleft()
            pairs = row.cache.row(0)
            going = self._put([row], logits)
            if going:
                self._cache.add(pairs)
                self._rows.append(row)
            else:
                self._remember(row, pairs)
            del logits, pairs
            if not going:
                self._end(row)
        except Exception as error:        # one request must not end the others
            if row in self._reading:
                self._reading.remove(row)
            self._fail(row, error)

    def _read_part(self, row: _Row) -> Any:
        """Logits (1, vocabulary) after the prompt, None while it is not read to its end."""
        import torch

        if not row.cache.rows:            # nothing is read yet
            row.read, known = self._prefixes.longest(row.prompt)
            row.cache = BatchCache.of_prompt(len(row.prompt), known)
        part = row.prompt[row.read : row.read + PREFILL_TOKENS]
        ids = torch.tensor([part], device=self._model.device)                            # (1, tokens)
        out = self._model(input_ids=ids, past_key_values=row.cache, use_cache=True, logits_to_keep=1)
        row.read += len(part)
        row.cache.advance(len(part))
        return out.logits[:, -1] if row.read == len(row.prompt) else None

    def _step(self) -> None:
        """One token for every row."""
        import torch

        if not self._rows:
            return
        device = self._model.device
        try:
            out = self._model(
                input_ids=torch.tensor([[row.tokens[-1]] for row in self._rows], device=device),
                position_ids=torch.tensor(self._cache.lengths, device=device)[:, None],
                attention_mask=self._cache.mask(), past_key_values=self._cache, use_cache=True, logits_to_keep=1,
            )
        except Exception as error:
            # the longest conversation gives way when memory is short; anything else is nobody's fault in particular
            longest = max(range(len(self._rows)), key=self._cache.lengths.__getitem__)
            self._fail_rows([self._rows[longest]] if ran_out(error) else list(self._rows), error)
            return
        self._cache.advance()
        rows = list(self._rows)
        going = self._put(rows, out.logits[:, -1])
        del out                           # nothing of a step may outlive the answers that it ends
        self._remove([row for row in rows if row not in going])

    def _put(self, rows: Sequence[_Row], logits: Any) -> list[_Row]:
        """Choose and emit a token for each row; return the rows that go on."""
        going = []
        for row, token in zip(rows, self._choose(rows, logits), strict=True):
            row.tokens.append(token)
            try:
                if row.answer.put(token):
                    going.append(row)
            except Exception as error:    # what listens to this answer is broken
                row.error = error
        return going

    def _choose(self, rows: Sequence[_Row], logits: Any) -> list[int]:
        return choose([row.chooser for row in rows], logits, [row.answer.steer() for row in rows])

    # ------------------------------------------------------------ ends
    def _remove(self, rows: Sequence[_Row]) -> None:
        if not rows:
            return
        for row in rows:
            self._remember(row, self._cache.row(self._rows.index(row)))
        self._keep_others(rows)
        for row in rows:
            self._end(row)

    def _keep_others(self, rows: Sequence[_Row]) -> None:
        kept = [i for i, row in enumerate(self._rows) if row not in rows]
        self._cache.keep(kept)
        self._rows = [self._rows[i] for i in kept]

    def _remember(self, row: _Row, pairs: Pairs) -> None:
        """For the next turn. The last token was chosen but not read, so it has no keys and values."""
        tokens = (*row.prompt, *row.tokens)[: pairs[0][0].shape[2]]
        self._prefixes.put(tokens, pairs)

    def _end(self, row: _Row) -> None:
        try:
            row.reason = row.answer.finish()
        except Exception as error:
            row.error = row.error or error
        row.cache = BatchCache()
        row.done.set()

    def _fail_rows(self, rows: Sequence[_Row], error: Exception) -> None:
        self._keep_others(rows)
        for row in rows:
            self._fail(row, error)

    def _fail(self, row: _Row, error: Exception) -> None:
        if ran_out(error):
            self._prefixes.clear()
            row.error = answer_ran_out()
        else:
            log.error("an answer failed", exc_info=error)
            row.error = error.with_traceback(None)      # its frames would keep tensors alive
        row.cache = BatchCache()
        row.done.set()


def _end_thread(arrived: queue.SimpleQueue[_Row | _Forget | None], worker: threading.Thread) -> None:
    arrived.put(None)
    worker.join(_END_S)

