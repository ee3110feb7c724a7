"""Reads what people upload as a picture, hostile files included, and makes a new picture of its pixels alone.

Only five formats, told by their content, go to a decoder: PNG, JPEG, WebP, GIF and BMP. What a file claims about its
size is checked before its pixels are read. One call holds at most about 360 MB besides its input, for a PNG of 40
million pixels; calls at the same time add up, so whoever takes uploads limits how many run at once.
Not covered: a fault in a decoder itself (it runs in this process), colour profiles (they are dropped), HEIC, AVIF,
TIFF. A JPEG that ends too early but is closed as it should be is filled up with grey by its decoder, as in browsers.
"""
from __future__ import annotations

import base64
import binascii
import io
import math
import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from playground.errors import InvalidRequest, OutOfMemory
from playground.pictures.headers import EXTENSIONS, gif_first_frame, jpeg_scans, kind_of, webp_size
from playground.pictures.picture import encoded, noted
from playground.pictures.refusals import refused
from playground.types import Picture

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 25_000_000
MAX_SIDE = 2048                           # of what is kept; larger ones are scaled down
MAX_RATIO = 200                           # of the longer side to the shorter one: what Qwen's preparation accepts
MAX_PIXELS = {"PNG": 40_000_000, "JPEG": 40_000_000, "GIF": 40_000_000, "BMP": 40_000_000,
              "WEBP": 16_000_000}         # its decoder holds three canvases at once
MAX_STREAMED_PIXELS = 150_000_000         # of a JPEG that is read at a fraction of its size
MAX_SCANS = 32                            # of a JPEG: each costs a pass over the whole picture, and few bytes
_DATA_URL = re.compile(r"data:image/[a-z0-9.+-]+;base64,", re.IGNORECASE)


def decode(data: bytes, *, name: str = "") -> Picture:
    """The picture in `data`, upright, RGB, at most MAX_SIDE pixels long; its note says what was changed.

    The first frame of one that moves. Thread-safe. Raises InvalidRequest as `refused` makes it, and OutOfMemory.
    """
    if not data:
        raise refused("empty", name)
    if len(data) > MAX_BYTES:
        raise refused("bytes", name, found_mb=math.ceil(len(data) / 1e6), most_mb=MAX_BYTES // 1_000_000)
    kind = kind_of(data, name)
    notes = [noted("other_format", kind)] if EXTENSIONS.get(PurePath(name).suffix[1:].lower(), kind) != kind else []
    if kind == "PNG" and data[24:25] == b"\x10":      # bits of a channel
        notes.append("from_16_bit")
    try:
        if kind == "WEBP":                # its decoder takes the memory of the whole canvas when it opens a file
            _check_size(webp_size(data), MAX_PIXELS[kind], name)
        data, moves = gif_first_frame(data) if kind == "GIF" else (data, False)
        most = _most_pixels(kind, data)
        image = _opened(kind, data)
        _check_size(image.size, most, name)
        if moves or getattr(image, "is_animated", False):
            notes.append("first_frame")
        made = _made(image, notes)
    except InvalidRequest:
        raise
    except MemoryError as error:
        raise OutOfMemory("There is not enough free memory to read the picture.",
                          "Make it smaller, or unload a model.") from error
    except Exception as error:            # a decoder may raise anything on bytes that were made to break it
        raise refused("damaged", name) from error
    return encoded(made, " ".join(notes))


def from_data_url(text: str) -> Picture:
    """The picture in a `data:image/...;base64,` URL. Raises InvalidRequest for any other address: none is fetched."""
    head = _DATA_URL.match(text)
    if head is None:
        raise refused("data_url")
    if (len(text) - head.end()) * 3 // 4 > MAX_BYTES + 3:
        raise refused("bytes", found_mb=math.ceil((len(text) - head.end()) * 0.75e-6), most_mb=MAX_BYTES // 1_000_000)
    try:
        data = base64.b64decode(text[head.end() :], validate=True)
    except (binascii.Error, ValueError) as error:
        raise refused("data_url") from error
    return decode(data)


def _most_pixels(kind: str, data: bytes) -> int:
    """How many pixels may be read. Raises ValueError for a JPEG that costs far too much time."""
    if kind != "JPEG":
        return MAX_PIXELS[kind]
    scans = jpeg_scans(data)
    if scans.count > MAX_SCANS:
        raise ValueError(f"{scans.count} scans")
    return MAX_STREAMED_PIXELS if scans.streams else MAX_PIXELS[kind]


def _check_size(size: tuple[int, int], most: int, name: str) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise refused("damaged", name)
    if width * height > most:
        raise refused("pixels", name, width=width, height=height, most_megapixels=most // 1_000_000)
    if max(size) > MAX_RATIO * min(size):
        raise refused("thin", name, width=width, height=height, most_ratio=MAX_RATIO)


def _opened(kind: str, data: bytes) -> Image:
    """The decoder of that one format with the header read; no other decoder gets to see the file."""
    from PIL import BmpImagePlugin, GifImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

    decoders: dict[str, type[Image]] = {
        "PNG": PngImagePlugin.PngImageFile, "JPEG": JpegImagePlugin.JpegImageFile, "GIF": GifImagePlugin.GifImageFile,
        "BMP": BmpImagePlugin.BmpImageFile, "WEBP": WebPImagePlugin.WebPImageFile,
    }
    return decoders[kind](io.BytesIO(data))  # type: ignore[call-arg]  # the classes of files take one


def _made(image: Image, notes: list[str]) -> Image:
    """The image small, opaque and upright; appends to `notes` what was done. Raises whatever the decoder raises."""
    stored = image.size
    target = bounded(*stored)
    if target != stored and hasattr(image, "draft"):
        image.draft("RGB", target)        # a JPEG decoder leaves out what the smaller picture does not need
    image.load()
    orientation = _orientation(image)
    if image.mode == "CMYK":
        notes.append("from_cmyk")
    image = _upright(_opaque(_eight_bit(image), target, notes), orientation)
    if orientation != 1:
        notes.append("turned")
    if target != stored:
        notes.append(noted("scaled", *(stored[::-1] if orientation > 4 else stored)))
    return image


def _opaque(image: Image, target: tuple[int, int], notes: list[str]) -> Image:
    """The image as RGB in another size, on white where it is transparent."""
    from PIL import Image

    transparent = image.has_transparency_data
    image = image.convert("RGBA" if transparent else "RGB")
    if image.size != target:              # first small, then on white: the ground is another image of the same size
        image = image.resize(target, Image.Resampling.BICUBIC, reducing_gap=2.0)
    if not transparent:
        return image
    opacity = image.getchannel("A")
    if opacity.getextrema() != (255, 255):
        notes.append("on_white")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=opacity)
    return ground


def bounded(width: int, height: int) -> tuple[int, int]:
    """(width, height) scaled down to MAX_SIDE. Rounded up, so that no picture becomes thinner than MAX_RATIO."""
    longest = max(width, height)
    if longest <= MAX_SIDE:
        return width, height
    return math.ceil(width * MAX_SIDE / longest), math.ceil(height * MAX_SIDE / longest)


def _eight_bit(image: Image) -> Image:
    """A grey image of 16 bit as one of 8 bit; PIL's own conversion would cut off what is bright."""
    if not image.mode.startswith("I"):
        return image
    import numpy
    from PIL import Image

    return Image.fromarray((numpy.clip(numpy.asarray(image), 0, 65535) >> 8).astype(numpy.uint8))


def _orientation(image: Image) -> int:
    """How EXIF says the camera was held: 1 upright or nothing said, up to 4 not on its side, up to 8 on its side."""
    try:
        found = image.getexif().get(0x0112, 1)
    except Exception:                     # EXIF is decoration: a broken one must not cost the picture
        return 1
    return found if found in range(2, 9) else 1


def _upright(image: Image, orientation: int) -> Image:
    from PIL.Image import Transpose

    turns = {2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM,
             5: Transpose.TRANSPOSE, 6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90}
    return image.transpose(turns[orientation]) if orientation in turns else image
