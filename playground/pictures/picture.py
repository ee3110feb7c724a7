"""What is known about a picture of ours: what was changed when it was read, its digest, itself as a data: URL."""
from __future__ import annotations

import base64
import hashlib
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playground.types import Picture

if TYPE_CHECKING:
    from PIL.Image import Image

# What may be changed on the way in, with the names of the values that the sentence about it may use.
CHANGES: dict[str, tuple[str, ...]] = {
    "first_frame": (),                    # it moves; only its first frame was kept
    "scaled": ("width", "height"),        # it was this large, in pixels
    "turned": (),                         # its EXIF data said that it lies on its side, or is mirrored
    "on_white": (),                       # what was transparent is white now
    "from_16_bit": (),
    "from_cmyk": (),                      # colours for printing, converted without their profile
    "other_format": ("format",),          # its name claims another format than its content has
}
COMPRESS_LEVEL = 4  # of zlib: a tenth larger than the best, in a third of the time


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was changed: a key of CHANGES, and the values for its sentence."""

    code: str
    params: dict[str, str] = field(default_factory=dict)


def noted(code: str, *values: object) -> str:
    """One change as it stands in `Picture.note`: "turned", or "scaled:8000,6000"."""
    return f"{code}:{','.join(map(str, values))}" if values else code


def changes(picture: Picture) -> tuple[Change, ...]:
    """What was changed when the picture was read, in the order it was done."""
    found = []
    for part in picture.note.split():
        code, _, values = part.partition(":")
        found.append(Change(code, dict(zip(CHANGES[code], values.split(",") if values else (), strict=True))))
    return tuple(found)


def encoded(image: Image, note: str = "") -> Picture:
    """An RGB image as a Picture; nothing but its pixels is kept."""
    from PIL import Image

    # Saving writes what `info` holds, such as a colour profile or the place where a photo was taken.
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    data = io.BytesIO()
    clean.save(data, "PNG", compress_level=COMPRESS_LEVEL)
    return Picture(data.getvalue(), *image.size, note)


def digest(picture: Picture) -> str:
    """SHA-256 of the PNG data, in hexadecimal: equal for pictures with the same pixels that this app encoded."""
    return hashlib.sha256(picture.png).hexdigest()


def to_data_url(picture: Picture) -> str:
    """The picture as text that `from_data_url`, a browser and OpenAI's API read."""
    return "data:image/png;base64," + base64.b64encode(picture.png).decode("ascii")
