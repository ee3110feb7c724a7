"""Which device a model goes to: whole on one, and several models all at once or not at all. Pure; sizes in bytes."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


def fits(sizes: Iterable[int], rooms: Iterable[int]) -> bool:
    """Whether everything finds a place, each thing whole in one room."""
    largest, *rest = sorted(sizes, reverse=True) or [0]
    if not largest:
        return True                       # nothing, or of unknown size
    left = sorted(rooms)
    for room in set(left):                # rooms of one size are alike
        if largest <= room:
            others = left.copy()
            others[others.index(room)] = room - largest
            if fits(rest, others):
                return True
    return False


def ways(needs: Mapping[str, int], rooms: Mapping[str, int]) -> Iterator[dict[str, str]]:
    """Every way to put each of `needs` on one device that has room for it, the best fit first.

    The largest is placed first, on the fullest device that has room; among equals in the order of `rooms`.
    """
    if not needs:
        yield {}
        return
    largest = max(needs, key=needs.__getitem__)
    rest = {name: size for name, size in needs.items() if name != largest}
    for device in sorted(rooms, key=rooms.__getitem__):
        left = rooms[device] - needs[largest]
        if left >= 0:
            for way in ways(rest, {**rooms, device: left}):
                yield {largest: device, **way}


def by_device(needs: Mapping[str, int], way: Mapping[str, str]) -> dict[str, int]:
    """What `way` puts on each device that it uses."""
    sizes = dict.fromkeys(way.values(), 0)
    for name, device in way.items():
        sizes[device] += needs[name]
    return sizes
