"""Why a picture is refused: what a reader is told in English, and the values for telling it in another language."""
from __future__ import annotations

from playground.errors import InvalidRequest

AGAIN = "Save it as PNG or JPEG with another program and try again."
# params["why"]: (what happened, what to do next). `name` is the file's name or "The picture".
REFUSALS: dict[str, tuple[str, str]] = {
    "empty": ("{name} is empty.", "Choose another file."),
    "bytes": ("{name} has {found_mb} MB; at most {most_mb} MB can be read.", "Make it smaller, or save it as JPEG."),
    "format": ("{name} is {format}, which this app does not read.", AGAIN),
    "unknown": ("{name} is no picture of a kind that this app knows.", "Use PNG, JPEG, WebP, GIF or BMP."),
    "pixels": ("{name} has {width} x {height} pixels; at most {most_megapixels} million can be read in this format.",
               "Make it smaller and try again."),
    "thin": ("{name} has {width} x {height} pixels: more than {most_ratio} times as long as wide.",
             "Cut out the part that matters."),
    "damaged": ("{name} is damaged or cut short.", AGAIN),
    "data_url": ("A picture must be data:image/...;base64, followed by its data.",
                 "Send the picture itself; this server never fetches an address."),
}
MAX_NAME_CHARS = 80


def refused(why: str, name: str = "", **params: object) -> InvalidRequest:
    """The error to raise. Its params: field="picture", `why` (a key of REFUSALS), name and the values given here."""
    if len(name) > MAX_NAME_CHARS:
        name = f"{name[: MAX_NAME_CHARS // 2]}…{name[-MAX_NAME_CHARS // 2 :]}"
    message, hint = REFUSALS[why]
    told = {**params, "name": name or "The picture"}
    return InvalidRequest(message.format(**told), hint, field="picture", why=why, **{**params, "name": name})
