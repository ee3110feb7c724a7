"""Keys and values of conversations: of several at once while they are answered, and of past ones to start from.

Tensors of one conversation are (1, heads, tokens, head size), one pair (keys, values) per layer.
"""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

Pairs = list[tuple[Any, Any]]
_SPARE_TOKENS = 64


class BatchCache:
    """What transformers' attention reads and extends, for rows of different lengths aligned at their ends.

    Stands in for a `transformers.Cache` while every row adds as many tokens a step. Room is made in blocks, so that a
    step writes its columns instead of copying everything.
    """

    is_compileable = False
    is_sliding = is_linear = is_dummy = (False,)

    def __init__(self) -> None:
        self._pairs: Pairs = []
        self._starts: list[int] = []      # first column of each row
        self._end = 0                     # columns in use
        self._room = 0                    # columns that will be needed, where that is known

    @classmethod
    def of_prompt(cls, tokens: int, known: Pairs) -> BatchCache:
        """One row with room for a prompt of so many tokens, whose first ones may be known already."""
        cache = cls()
        cache._starts, cache._room = [0], tokens
        for layer, (keys, values) in enumerate(known):
            cache.update(keys, values, layer)
        cache.advance(known[0][0].shape[2] if known else 0)
        return cache

    @property
    def rows(self) -> int:
        return len(self._starts)

    @property
    def lengths(self) -> list[int]:
        """Tokens of each row."""
        return [self._end - start for start in self._starts]

    @property
    def bytes(self) -> int:
        return sum(t.numel() * t.element_size() for pair in self._pairs for t in pair)

    def add(self, pairs: Pairs) -> None:
        """Append a row. Empties `pairs` on the way, so that no more than one layer exists twice."""
        if not self.rows:
            # rows of nothing, which keep none of the tensors that they are made after
            self._pairs = [(keys.new_zeros((0, *keys.shape[1:])), values.new_zeros((0, *values.shape[1:])))
                           for keys, values in pairs]
        length = pairs[0][0].shape[2]
        self._rebuild(list(range(self.rows)), max([length, *self.lengths]), [*self.lengths, length], pairs)

    def keep(self, rows: Sequence[int]) -> None:
        """Drop all other rows."""
        if len(rows) == self.rows:
            return
        lengths = self.lengths
        if rows:
            self._rebuild(list(rows), max(lengths[i] for i in rows), [lengths[i] for i in rows])
        else:
            self._pairs, self._starts, self._end = [], [], 0

    def row(self, index: int) -> Pairs:
        """A copy of one row without padding. The only row is taken out, so that no more than one layer exists twice."""
        start, end, alone = self._starts[index], self._end, self.rows == 1
        found: Pairs = []
        for layer in range(len(self._pairs)):
            keys, values = self._pairs.pop(0) if alone else self._pairs[layer]
            one = (slice(index, index + 1), slice(None), slice(start, end))
            found.append((keys[one].clone(), values[one].clone()))
        if alone:
            self._starts, self._end = [], 0
        return found

    def mask(self) -> Any:
        """Which columns each row may look at in the coming step (rows, 1, 1, columns), None when it is all of them."""
        import torch

        if not any(self._starts):
            return None
        device = self._pairs[0][0].device
        columns = torch.arange(self._end + 1, device=device)
        return (columns >= torch.tensor(self._starts, device=device)[:, None])[:, None, None]

    def advance(self, tokens: int = 1) -> None:
        """The step is done: what it wrote belongs to the rows."""
        self._end += tokens

    # ------------------------------------------------------------ what transformers calls
    def update(self, keys: Any, values: Any, layer: int, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """Write the columns of this step and return all columns."""
        end = self._end + keys.shape[2]
        if layer == len(self._pairs):
            self._pairs.append((_resized(keys[:, :, :0], self._room), _resized(values[:, :, :0], self._room)))
        if self._pairs[layer][0].shape[2] < end:
            room = max(end, self._end + max(_SPARE_TOKENS, self._end // 4))
            self._pairs[layer] = tuple(_resized(tensor[:, :, : self._end], room) for tensor in self._pairs[layer])
        old_keys, old_values = self._pairs[layer]
        old_keys[:, :, self._end : end], old_values[:, :, self._end : end] = keys, values
        return old_keys[:, :, :end], old_values[:, :, :end]

    def get_seq_length(self, layer: int = 0) -> int:
        return self._end

    def get_query_offset(self, layer: int = 0) -> int:
        return self._end

    def get_mask_sizes(self, query_length: int, layer: int = 0) -> tuple[int, int]:
        return self._end + query_length, 0

    # ------------------------------------------------------------ room
    def _rebuild(self, rows: list[int], end: int, lengths: list[int], new: Pairs | None = None) -> None:
        """Fresh tensors with these rows, then `new`, ending at column `end`."""
        for layer, (keys, values) in enumerate(self._pairs):
            added = new.pop(0) if new else (None, None)
            self._pairs[layer] = (self._placed(keys, rows, end, lengths, added[0]),
                                  self._placed(values, rows, end, lengths, added[1]))
        self._starts, self._end = [end - length for length in lengths], end

    def _placed(self, old: Any, rows: list[int], end: int, lengths: list[int], added: Any) -> Any:
        _, heads, _, size = old.shape
        tensor = old.new_zeros(len(lengths), heads, end + _SPARE_TOKENS, size)
        for place, (row, length) in enumerate(zip(rows, lengths, strict=False)):
            tensor[place, :, end - length : end] = old[row, :, self._end - length : self._end]
        if added is not None:
            tensor[-1, :, end - lengths[-1] : end] = added[0]
        return tensor


def _resized(tensor: Any, columns: int) -> Any:
    """A copy with so many columns; the new ones hold anything, and nobody looks at them before they are written."""
    rows, heads, old, size = tensor.shape
    new = tensor.new_empty(rows, heads, columns, size)
    new[:, :, :old] = tensor
    return new


class PrefixStore:
    """Past conversations, so that the next turn need not read its history again. Least recently used ones go first.

    Only exact tokens are reused, and only what comes after the last shared one is computed, so answers stay the same.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit, self._used = limit_bytes, 0
        self._kept: OrderedDict[tuple[int, ...], Pairs] = OrderedDict()

    @property
    def bytes(self) -> int:
        return self._used

    def longest(self, tokens: tuple[int, ...]) -> tuple[int, Pairs]:
        """(n, pairs): keys and values of the first n tokens, n less than all of them: the last one must be run."""
        best, found = 0, None
        for known in self._kept:
            shared = min(_shared(known, tokens), len(tokens) - 1)
            if shared > best:
                best, found = shared, known
        if found is None:
            return 0, []
        self._kept.move_to_end(found)
        return best, [(keys[:, :, :best], values[:, :, :best]) for keys, values in self._kept[found]]

    def put(self, tokens: tuple[int, ...], pairs: Pairs) -> None:
        """Keep them; an earlier state of the same conversation goes."""
        size = _size(pairs)
        if size > self._limit:
            return
        for known in [known for known in self._kept if tokens[: len(known)] == known]:
            self._used -= _size(self._kept.pop(known))
        while self._kept and self._used + size > self._limit:
            self._used -= _size(self._kept.popitem(last=False)[1])
        self._kept[tokens] = pairs
        self._used += size

    def clear(self) -> None:
        self._kept.clear()
        self._used = 0


def _shared(a: tuple[int, ...], b: tuple[int, ...]) -> int:
    """How many first tokens are the same, found by halving: comparing slices is fast."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[:middle] == b[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _size(pairs: Pairs) -> int:
    return sum(tensor.numel() * tensor.element_size() for pair in pairs for tensor in pair)
