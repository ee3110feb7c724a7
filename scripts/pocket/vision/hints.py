"""Hints for the vision tower: what lies on each patch, learned by a head that is not shipped.

Answers say little about where in the picture something was. At the start of a training the tower therefore learns
to name kind, colour and box of the thing on each patch; later this stays as a small part of the loss.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from playground.pictures.scenes import COLOURS, KINDS, Scene

THINGS = ("nothing", *KINDS, "bar")
HUES = ("nothing", *COLOURS)
LEAST_SHARE = 0.06  # of a patch that the box of a thing must cover
BOX_WEIGHT = 8.0


@dataclass
class Hints:
    """What lies on each patch, [pictures, patches]; boxes as shares of width and height, [pictures, patches, 4]."""

    kinds: torch.Tensor
    colours: torch.Tensor
    boxes: torch.Tensor

    def to(self, device: str) -> Hints:
        """Return the hints on a device."""
        return Hints(self.kinds.to(device), self.colours.to(device), self.boxes.to(device))


def things_in(scene: Scene) -> list[tuple[int, int, tuple[float, float, float, float]]]:
    """Return (kind, colour, box in pixels) of each shape or bar, as numbers into `THINGS` and `HUES`."""
    found = [(THINGS.index(s.kind), HUES.index(s.colour), s.box) for s in scene.shapes]
    for bar in scene.chart.bars if scene.chart else ():
        box = bar.left, scene.chart.height_of(bar.value), bar.right, scene.chart.bottom
        found.append((THINGS.index("bar"), HUES.index(bar.colour), box))
    return found


def hints_of(scene: Scene, patch: int, merge: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return kinds [patches], colours [patches] and boxes [patches, 4], in the order of the network's patches."""
    things = things_in(scene)
    boxes = np.array([box for _, _, box in things], np.float32)
    rows, columns = scene.height // patch, scene.width // patch
    y, x = np.mgrid[:rows, :columns].astype(np.float32) * patch
    # The order of the patches: merged ones next to each other.
    blocks = rows // merge, merge, columns // merge, merge
    x, y = (a.reshape(blocks).transpose(0, 2, 1, 3).reshape(-1, 1) for a in (x, y))
    across = np.minimum(x + patch, boxes[:, 2]) - np.maximum(x, boxes[:, 0])
    down = np.minimum(y + patch, boxes[:, 3]) - np.maximum(y, boxes[:, 1])
    covered = np.clip(across, 0, None) * np.clip(down, 0, None)
    best = covered.argmax(1)
    there = covered.max(1) >= LEAST_SHARE * patch * patch
    kinds = np.where(there, np.array([kind for kind, _, _ in things])[best], 0)
    colours = np.where(there, np.array([colour for _, colour, _ in things])[best], 0)
    size = np.array([scene.width, scene.height] * 2, np.float32)
    return kinds, colours, boxes[best] / size


class HintHead(torch.nn.Module):
    """Reads kind, colour and box from the vectors of the patches."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = torch.nn.LayerNorm(width)
        self.out = torch.nn.Linear(width, len(THINGS) + len(HUES) + 4)

    def loss(self, patches: torch.Tensor, hints: Hints) -> torch.Tensor:
        """Return the loss for patch vectors [pictures, patches, width]; boxes count only where something is."""
        kinds, colours, boxes = self.out(self.norm(patches.float())).split([len(THINGS), len(HUES), 4], -1)
        there = hints.kinds > 0
        loss = F.cross_entropy(kinds.flatten(0, 1), hints.kinds.flatten())
        loss = loss + F.cross_entropy(colours.flatten(0, 1), hints.colours.flatten())
        return loss + BOX_WEIGHT * F.l1_loss(boxes[there], hints.boxes[there])

    @torch.no_grad()
    def accuracy(self, patches: torch.Tensor, hints: Hints) -> tuple[float, float, float]:
        """Return the shares of right kinds and colours and the mean error of the boxes, where something is."""
        kinds, colours, boxes = self.out(self.norm(patches.float())).split([len(THINGS), len(HUES), 4], -1)
        there = hints.kinds > 0
        right = [(x.argmax(-1) == y)[there].float().mean() for x, y in ((kinds, hints.kinds), (colours, hints.colours))]
        return float(right[0]), float(right[1]), float((boxes - hints.boxes)[there].abs().mean())
