"""Draw a scene as a picture: a background, shadows, shapes or bars, light and noise."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from playground.pictures.scenes import COLOURS, TICKS, Chart, Scene, Shape

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw


Colour = tuple[int, int, int]
SCALE = 2  # shapes are drawn at this multiple of the size and then averaged, for smooth edges
JITTER = 14  # each colour channel varies by up to this much


def draw(scene: Scene, seed: int) -> Image:
    """The scene as an RGB picture; the same scene and seed give the same picture."""
    import numpy as np
    from PIL import Image, ImageDraw

    rng, noise = random.Random(seed), np.random.Generator(np.random.SFC64(seed))
    base = base_colour(rng, scene)
    ground = background(scene, base, rng, noise)
    image = Image.fromarray(ground).resize((scene.width * SCALE, scene.height * SCALE), Image.Resampling.NEAREST)
    pen = ImageDraw.Draw(image)
    if scene.chart:
        draw_chart(pen, scene.chart, rng, base)
    for shape in scene.shapes:
        pen.polygon(scaled(shape), fill=vary(rng, COLOURS[shape.colour]))
    image = image.reduce(SCALE)
    if scene.background == "plain":
        return image
    pixels = np.asarray(image, dtype=np.float32)
    if scene.background == "photo":
        pixels = pixels * light(scene, noise)
        strength = rng.uniform(0, 7)
    else:
        strength = rng.uniform(4, 20)
    grain = noise.standard_normal(pixels.shape[: 2 if rng.random() < 0.4 else 3], dtype=np.float32)
    pixels = pixels + strength * (grain if grain.ndim == 3 else grain[..., None])
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def scaled(shape: Shape) -> list[tuple[float, float]]:
    """The outline in the pixels of the enlarged picture, where a pixel's centre is a whole number."""
    return [(SCALE * x - 0.5, SCALE * y - 0.5) for x, y in shape.outline]


def vary(rng: random.Random, colour: Colour) -> Colour:
    """A colour close to the given one."""
    red, green, blue = (max(0, min(255, c + rng.randint(-JITTER, JITTER))) for c in colour)
    return red, green, blue


def base_colour(rng: random.Random, scene: Scene) -> Colour:
    """A light background colour that differs from every colour in the scene."""
    used = [COLOURS[s.colour] for s in scene.shapes]
    used += [COLOURS[bar.colour] for bar in scene.chart.bars] if scene.chart else []
    if rng.random() < 0.2:
        return 255, 255, 255
    for _ in range(8):
        lightness = rng.uniform(165, 245)
        red, green, blue = (int(max(0, min(255, lightness + rng.uniform(-22, 22)))) for _ in range(3))
        if all((red - r) ** 2 + (green - g) ** 2 + (blue - b) ** 2 > 105**2 for r, g, b in used):
            return red, green, blue
    return 250, 250, 250


def background(scene: Scene, base: Colour, rng: random.Random, noise: Generator) -> NDArray[Any]:
    """The background [height, width, 3]: one colour, or for "photo" soft blobs, texture and shadows."""
    import numpy as np

    size = (scene.width, scene.height)
    if scene.background != "photo":
        return np.full((scene.height, scene.width, 3), base, np.uint8)
    coarse = smooth(noise, size, rng.randint(2, 5), 3)
    field = np.array(base, np.float32) + rng.uniform(5, 28) * coarse
    if rng.random() < 0.6:
        field += rng.uniform(2, 10) * smooth(noise, size, rng.randint(10, 32), 1)
    if rng.random() < 0.3:  # stripes, as of cloth or boards
        ys, xs = np.mgrid[: scene.height, : scene.width]
        across = xs * rng.uniform(-1, 1) + ys * rng.uniform(-1, 1)
        field += rng.uniform(2, 8) * np.sin(across * rng.uniform(0.3, 1.2))[..., None]
    if scene.shapes and rng.random() < 0.6:
        field *= shadows(scene, rng)[..., None]
    return np.clip(field, 0, 255).astype(np.uint8)


def smooth(noise: Generator, size: tuple[int, int], cells: int, channels: int) -> NDArray[Any]:
    """A smooth random field [height, width, channels], about -1 to 1, with `cells` bumps a side."""
    import numpy as np
    from PIL import Image

    layers = []
    for _ in range(channels):
        grid = noise.uniform(-1, 1, (cells, cells)).astype(np.float32)
        layers.append(np.asarray(Image.fromarray(grid, "F").resize(size, Image.Resampling.BICUBIC)))
    return np.stack(layers, -1)


def shadows(scene: Scene, rng: random.Random) -> NDArray[Any]:
    """The factor [height, width] by which soft shadows of the shapes darken the ground."""
    import numpy as np
    from PIL import Image, ImageDraw, ImageFilter

    mask = Image.new("L", (scene.width, scene.height), 255)
    pen = ImageDraw.Draw(mask)
    right, down = rng.uniform(-0.35, 0.35), rng.uniform(0.05, 0.35)
    dark = int(255 * rng.uniform(0.62, 0.85))
    for shape in scene.shapes:
        pen.polygon([(x + right * shape.radius, y + down * shape.radius) for x, y in shape.outline], fill=dark)
    return np.asarray(mask.filter(ImageFilter.BoxBlur(rng.uniform(1, 3))), dtype=np.float32) / 255


def light(scene: Scene, noise: Generator) -> NDArray[Any]:
    """Uneven light [height, width, 1] as a factor near one."""
    return 0.97 + 0.1 * smooth(noise, (scene.width, scene.height), 2, 1)


def draw_chart(pen: ImageDraw, chart: Chart, rng: random.Random, base: Colour) -> None:
    """Draw the axis with its marks, perhaps grid lines, and the bars."""
    ink = vary(rng, (60, 60, 66))
    pale = tuple(int(0.85 * c) for c in base)
    left, right = SCALE * chart.left, SCALE * chart.right
    for tick in range(TICKS + 1):
        y = SCALE * chart.height_of(tick)
        if chart.grid and tick:
            pen.line([(left, y), (right, y)], fill=pale, width=1)
        length = 8 if tick % 5 == 0 else 5
        pen.line([(left - length, y), (left, y)], fill=ink, width=2)
    pen.line([(left, SCALE * chart.top), (left, SCALE * chart.bottom)], fill=ink, width=2)
    for bar in chart.bars:
        corners = [SCALE * bar.left, SCALE * chart.height_of(bar.value), SCALE * bar.right, SCALE * chart.bottom]
        pen.rectangle(corners, fill=vary(rng, COLOURS[bar.colour]))
    pen.line([(left, SCALE * chart.bottom), (right, SCALE * chart.bottom)], fill=ink, width=2)
