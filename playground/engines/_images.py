"""Pictures for a model that sees: how many tokens one is, and the tensors that the model takes.

Qwen's own preparation in its variant for PIL: it needs neither torchvision nor a GPU.
"""
from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from playground.errors import InvalidRequest
from playground.types import Picture, PixelBounds

IMAGE_TOKEN = "<|image_pad|>"


class ImageReader:
    """The image processor of one model. Thread-safe: it keeps no state between calls."""

    def __init__(self, processor: Any) -> None:
        self._processor = processor

    def token_counts(self, pictures: Sequence[Picture], bounds: PixelBounds | None) -> tuple[int, ...]:
        """Visual tokens of each picture. Raises InvalidRequest for one that is far too long and thin."""
        from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize

        least, most = bounds or self.bounds
        factor = self._processor.patch_size * self._processor.merge_size
        counts = []
        for picture in pictures:
            try:
                height, width = smart_resize(picture.height, picture.width, factor, least, most)
            except ValueError as error:
                raise InvalidRequest("A picture is more than 200 times as long as it is wide.", "Cut it.",
                                     field="picture") from error
            counts.append(height * width // factor**2)
        return tuple(counts)

    def inputs(self, pictures: Sequence[Picture], bounds: PixelBounds | None) -> dict[str, Any]:
        """pixel_values (patches, channels of a patch) and image_grid_thw (pictures, 3)."""
        from PIL import Image

        least, most = bounds or self.bounds
        opened = [Image.open(io.BytesIO(picture.png)).convert("RGB") for picture in pictures]
        return dict(self._processor(opened, return_tensors="pt", size={"shortest_edge": least, "longest_edge": most}))

    @property
    def bounds(self) -> PixelBounds:
        """Least and most pixels that the model's own settings allow."""
        size = self._processor.size
        return int(size["shortest_edge"]), int(size["longest_edge"])
