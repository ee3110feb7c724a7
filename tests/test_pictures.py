"""What people upload as a picture: what becomes of it, and what is refused."""
from __future__ import annotations

import base64
import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile
from PIL.PngImagePlugin import PngInfo

from playground.errors import InvalidRequest
from playground.pictures.decode import MAX_BYTES, MAX_RATIO, bounded, decode, from_data_url
from playground.pictures.headers import EXTENSIONS, READ
from playground.pictures.picture import CHANGES, Change, changes, digest, to_data_url
from playground.pictures.refusals import MAX_NAME_CHARS, REFUSALS, refused
from playground.types import Picture


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def flat(mode: str, size: tuple[int, int], colour: object) -> Image.Image:
    return Image.new(mode, size, colour)  # type: ignore[arg-type]


def pixels(picture: Picture) -> Image.Image:
    image = Image.open(io.BytesIO(picture.png))
    assert (image.format, image.mode, image.size) == ("PNG", "RGB", (picture.width, picture.height))
    return image


def pixel(picture: Picture, x: int = 0, y: int = 0) -> tuple[int, ...]:
    found = pixels(picture).getpixel((x, y))
    assert isinstance(found, tuple)
    return found


def why(data: bytes, name: str = "") -> str:
    with pytest.raises(InvalidRequest) as caught:
        decode(data, name=name)
    assert caught.value.hint and caught.value.params["field"] == "picture"
    return str(caught.value.params["why"])


def corner() -> Image.Image:
    """Red with one blue corner and one green side: no turn of it looks like another."""
    image = flat("RGB", (6, 4), "red")
    image.putpixel((0, 0), (0, 0, 255))
    image.paste((0, 255, 0), (0, 3, 6, 4))
    return image


def after_marker(data: bytes, marker: bytes, more: bytes) -> bytes:
    at = data.index(marker) + len(marker)
    return data[:at] + more + data[at:]


# ---------------------------------------------------------------- what is accepted
@pytest.mark.parametrize(("mode", "kind", "colour", "expected"), [
    ("RGB", "PNG", (10, 20, 30), (10, 20, 30)),
    ("RGB", "BMP", (10, 20, 30), (10, 20, 30)),
    ("L", "PNG", 90, (90, 90, 90)),
    ("L", "BMP", 90, (90, 90, 90)),
    ("1", "PNG", 1, (255, 255, 255)),
    ("LA", "PNG", (0, 0), (255, 255, 255)),
    ("RGBA", "PNG", (255, 0, 0, 51), (255, 204, 204)),
    ("I;16", "PNG", 0x8000, (128, 128, 128)),
    ("I;16", "PNG", 0xFFFF, (255, 255, 255)),
])
def test_every_kind_of_pixels_becomes_rgb_of_eight_bits(mode: str, kind: str, colour: object,
                                                        expected: tuple[int, ...]):
    assert pixel(decode(saved(flat(mode, (5, 3), colour), kind))) == expected


def test_a_palette_with_a_transparent_colour_lies_on_white():
    image = flat("P", (4, 4), 0)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 1), 1)
    for kind in ("PNG", "GIF"):
        picture = decode(saved(image, kind, transparency=1))
        assert (pixel(picture), pixel(picture, 1, 1), picture.note) == ((255, 0, 0), (255, 255, 255), "on_white")


def test_a_jpeg_for_printing_shows_its_colours_and_says_so():
    picture = decode(saved(flat("CMYK", (16, 16), (255, 0, 0, 0)), "JPEG", quality=100))
    assert all(abs(a - b) <= 3 for a, b in zip(pixel(picture, 8, 8), (0, 255, 255), strict=True))
    assert picture.note == "from_cmyk"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright(kind: str, orientation: int):
    turn = Image.Transpose
    stored = {1: None, 2: turn.FLIP_LEFT_RIGHT, 3: turn.ROTATE_180, 4: turn.FLIP_TOP_BOTTOM, 5: turn.TRANSPOSE,
              6: turn.ROTATE_90, 7: turn.TRANSVERSE, 8: turn.ROTATE_270}[orientation]
    shown = corner().resize((96, 64), Image.Resampling.NEAREST)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}, "PNG": {}}[kind]
    picture = decode(saved(shown if stored is None else shown.transpose(stored), kind, exif=exif, **options))
    assert picture.note == ("turned" if orientation > 1 else "")
    assert (picture.width, picture.height) == (96, 64)
    for at in ((4, 4), (90, 4), (4, 60), (90, 60)):
        assert all(abs(a - b) <= 4 for a, b in zip(pixel(picture, *at), shown.getpixel(at), strict=True)), at


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_costs_nothing_but_the_turn():
    broken = b"\xff\xe1\x00\x10Exif\0\0MM\0*\xff\xff\xff\xff"
    picture = decode(after_marker(saved(corner(), "JPEG"), b"\xff\xd8", broken))
    assert (picture.width, picture.height, picture.note) == (6, 4, "")


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_one_that_moves_the_first_frame_is_kept_and_that_is_said(kind: str):
    frames = [flat("RGB", (8, 8), colour) for colour in ("red", "blue", "lime")]
    options = {"lossless": True} if kind == "WEBP" else {}
    picture = decode(saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=50, **options))
    assert pixel(picture) == (255, 0, 0) and changes(picture) == (Change("first_frame"),)
    assert decode(saved(frames[0], kind, **options)).note == ""


def test_a_picture_of_one_pixel_stays_one():
    assert decode(saved(flat("RGB", (1, 1), "red"), "PNG")) == decode(saved(flat("RGBA", (1, 1), "red"), "PNG"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_large_one_is_scaled_down_and_its_size_is_told_as_it_is_shown(kind: str):
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = decode(saved(flat("RGB", (3000, 1500), "red"), kind, exif=exif))
    assert (picture.width, picture.height) == (1024, 2048)
    assert changes(picture)[-1] == Change("scaled", {"width": "1500", "height": "3000"})


@given(st.integers(1, 70_000), st.integers(1, 70_000))
def test_scaling_down_never_makes_a_picture_too_thin(width: int, height: int):
    if max(width, height) <= MAX_RATIO * min(width, height):
        across, down = bounded(width, height)
        assert 1 <= min(across, down) and max(across, down) <= min(2048, max(width, height))
        assert max(across, down) <= MAX_RATIO * min(across, down)


def test_the_content_decides_what_it_is_and_not_the_name():
    data = saved(corner(), "JPEG")
    assert changes(decode(data, name="a.b.PNG")) == (Change("other_format", {"format": "JPEG"}),)
    for name in ("", "photo", "a.jpg", "a.JPEG", "backup.old", "png"):
        assert decode(data, name=name).note == ""
    assert why(b"<svg/>", "a.png") == "format"


def test_only_the_pixels_are_kept():
    told = PngInfo()
    told.add_text("Comment", "SECRET", zip=True)
    exif = Image.Exif()
    exif[0x010E] = "SECRET"
    picture = decode(saved(corner(), "PNG", pnginfo=told, exif=exif, icc_profile=b"SECRET" * 9, dpi=(300, 300)))
    names, at = [], 8
    while at < len(picture.png):
        names.append(picture.png[at + 4 : at + 8])
        at += 12 + int.from_bytes(picture.png[at : at + 4], "big")
    assert names == [b"IHDR", b"IDAT", b"IEND"] and pixels(picture).tobytes() == corner().tobytes()


def test_equal_pixels_make_equal_pictures():
    one, two = decode(saved(corner(), "PNG")), decode(saved(corner(), "BMP"))
    assert one == two and hash(one) == hash(two) and digest(one) == digest(two)
    assert digest(one) != digest(decode(saved(flat("RGB", (6, 4), "red"), "PNG")))


def test_threads_get_what_one_after_the_other_gets():
    data = [saved(flat("RGB", (300 + i, 200), (i * 9, 0, 0)), kind) for i in range(6) for kind in READ]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(decode, data)) == [decode(each) for each in data]


def test_no_setting_of_the_library_is_changed():
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    decode(saved(flat("RGB", (2100, 8000), "red"), "PNG"))
    assert (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES) == before == (89478485, False)


# ---------------------------------------------------------------- data: URLs
def test_a_data_url_gives_the_same_picture():
    picture = decode(saved(corner(), "PNG"))
    assert from_data_url(to_data_url(picture)) == picture
    jpeg = base64.b64encode(saved(corner(), "JPEG")).decode()
    assert from_data_url(f"DATA:image/JPEG;base64,{jpeg}") == from_data_url(f"data:image/png;base64,{jpeg}")


@pytest.mark.parametrize("text", [
    "", "http://127.0.0.1/a.png", "https://example.org/a.png", "file:///etc/passwd", "//example.org/a.png",
    "/etc/passwd", "javascript:alert(1)", "data:text/html;base64,PGI+", "data:;base64,iVBORw0KGgo=",
    "data:image/png,abc", "data:image/png;base64,%%%", "data:image/png;base64,iVBO Rw0K", "data:image/png;base64,é",
    " data:image/png;base64,iVBORw0KGgo=",
])
def test_no_other_address_is_read(text: str):
    with pytest.raises(InvalidRequest) as caught:
        from_data_url(text)
    assert caught.value.params["why"] == "data_url" and "never fetches" in caught.value.hint


def test_a_drawing_in_a_data_url_is_refused_for_what_it_is():
    with pytest.raises(InvalidRequest, match="SVG"):
        from_data_url("data:image/svg+xml;base64," + base64.b64encode(b"<svg onload='x'/>").decode())


def test_a_data_url_is_measured_before_it_is_decoded():
    with pytest.raises(InvalidRequest) as caught:
        from_data_url("data:image/png;base64," + "A" * (MAX_BYTES * 4 // 3 + 8))
    assert caught.value.params["why"] == "bytes"


# ---------------------------------------------------------------- what is refused
@pytest.mark.parametrize(("data", "format"), [
    (b"<?xml version='1.0'?>\n<!-- a --><svg xmlns='http://www.w3.org/2000/svg'></svg>", "SVG"),
    ("\ufeff<SVG>".encode("utf-16"), "SVG"), (b"<!DOCTYPE html><p>", "HTML"), (b"<?xml version='1.0'?><a/>", "XML"),
    (b"%PDF-1.7\n", "PDF"), (b"junk\n%PDF-1.4", "PDF"), (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
    (b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF"), (b"\0\0\0\x1cftypisom\0\0\0\0", "a video (MP4)"),
    (b"II*\0\x08\0\0\0", "TIFF"), (b"MM\0*\0\0\0\x08", "TIFF"), (b"PK\3\4", "an archive (ZIP)"),
    (b"\0\0\1\0\1\0", "an icon (ICO)"), (b"8BPS\0\1", "a Photoshop file"), (b"%!PS-Adobe", "PostScript"),
])
def test_other_formats_are_named(data: bytes, format: str):
    with pytest.raises(InvalidRequest) as caught:
        decode(data, name="x.png")
    assert (caught.value.params["why"], caught.value.params["format"]) == ("format", format)
    assert format in str(caught.value) and "x.png" in str(caught.value)


@pytest.mark.parametrize("data", [b"\0", b"hello", bytes(range(256)), b"RIFF\0\0\0\0WAVE", b"GIF88a"])
def test_what_is_no_picture_is_unknown(data: bytes):
    assert why(data) == "unknown"


def test_an_empty_file_is_called_empty():
    assert why(b"") == "empty"


def test_a_file_of_too_many_bytes_is_not_looked_at():
    assert why(saved(corner(), "PNG") + bytes(MAX_BYTES)) == "bytes"


@pytest.mark.parametrize("kind", READ)
def test_a_truncated_file_is_damaged_at_every_length(kind: str):
    noise = Image.effect_noise((40, 30), 90).convert("RGB")
    whole = saved(noise, kind)
    end = {"PNG": 22, "JPEG": 2, "GIF": 2, "BMP": 1, "WEBP": 1}[kind]          # what readers can do without
    for length in range(16, len(whole) - end, max(1, len(whole) // 40)):
        assert why(whole[:length]) == "damaged", length


def test_flipped_bytes_are_damage():
    whole = bytearray(saved(Image.effect_noise((40, 30), 90), "PNG"))
    whole[len(whole) // 2] ^= 0xFF
    assert why(bytes(whole)) == "damaged"


@pytest.mark.parametrize("size", [(201, 1), (1, 201), (2011, 10)])
def test_a_thread_is_refused_and_a_line_is_not(size: tuple[int, int]):
    assert why(saved(flat("RGB", size, "red"), "PNG")) == "thin"
    assert decode(saved(flat("RGB", (200, 1), "red"), "PNG")).width == 200


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(READ), st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), min_size=1, max_size=12))
def test_a_broken_file_is_read_or_refused_and_nothing_else_happens(kind: str, faults: list[tuple[int, int]]):
    data = bytearray(saved(corner().resize((60, 40)), kind))
    for at, value in faults:
        data[at % min(len(data), 400)] = value
    try:
        assert pixels(decode(bytes(data))).size
    except InvalidRequest as error:
        assert error.params["why"] in REFUSALS


def test_long_names_are_shortened_in_the_middle():
    error = refused("empty", "a" * 500 + ".png")
    assert len(str(error.params["name"])) == MAX_NAME_CHARS + 1 and str(error).endswith(".png is empty.")


def test_every_extension_belongs_to_a_format_that_is_read_and_every_change_has_a_name():
    assert set(EXTENSIONS.values()) == set(READ)
    with pytest.raises(KeyError):
        changes(Picture(b"", 1, 1, "unheard_of"))
    assert CHANGES["scaled"] == ("width", "height")
