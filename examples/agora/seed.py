"""Invented, harmless content for exercises: `python -m examples.agora.seed --data DIR`.

Texts are in seed.toml, pictures are drawn here: shapes and landscapes, each marked EXERCISE in the picture
and in its metadata.
"""

import argparse
import io
import math
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo
from werkzeug.datastructures import FileStorage

from examples.agora import pages, store, uploads

WIDTH, HEIGHT = 800, 500
HOURS_BETWEEN_POSTS = 7
# sky, far, middle, near, light
PALETTES = {
    "embers": ("#3a1f2b", "#6b2f2a", "#a8482a", "#d9772f", "#f6c453"),
    "teapot": ("#f3e3d3", "#d9b99b", "#8fb0a9", "#3f6f73", "#fff6e8"),
    "bridge": ("#cfdde6", "#9fb6c3", "#6d8a99", "#3d5666", "#f7efe0"),
    "grid": ("#f2efe6", "#3f7d6e", "#d98f4e", "#4b3f8f", "#e6c85b"),
    "harbour": ("#f4c9a8", "#d98a78", "#7b6a8f", "#3d4a6b", "#fff1cf"),
    "night": ("#141a33", "#1f2b4f", "#2d3e66", "#0e1224", "#f4efcf"),
    "lantern": ("#e9e4f2", "#b9a7d6", "#6a579c", "#30264f", "#f3d34a"),
    "furrows": ("#dfe8cf", "#a9bf7a", "#7f9a4f", "#556b35", "#f7e39a"),
    "hills": ("#d7e6ee", "#9dbfb2", "#6b9a80", "#3e6b55", "#fff3d1"),
    "circles": ("#f6ece4", "#d08b7a", "#7fa6b3", "#55486b", "#eec773"),
}


def plant(data: Path) -> int:
    """Write the invented people and posts that are not there yet; give how many posts were new."""
    content = tomllib.loads(Path(__file__).with_name("seed.toml").read_text("utf-8"))
    start = datetime.now(UTC)
    new = 0
    with store.opened(data) as db:
        for name, language in content["people"].items():
            person = (name, language, store.now_text(start))
            db.execute(
                "INSERT OR IGNORE INTO users (name, password, language, created_at) VALUES (?, '!', ?, ?)",
                person,
            )
        for position, post in enumerate(content["posts"], start=1):
            if db.execute("SELECT 1 FROM posts WHERE id = ?", (post["key"],)).fetchone():
                continue
            author = db.execute("SELECT id FROM users WHERE name = ?", (post["author"],)).fetchone()["id"]
            at = store.now_text(start - timedelta(hours=HOURS_BETWEEN_POSTS * position))
            with store.transaction(db):
                row = (author, post["title"], post["body"].strip(), post["language"], at)
                pages.store_post(db, post["key"], row)
                uploads.keep(db, data, post["key"], files_of(post))
            new += 1
    return new


def files_of(post: dict[str, Any]) -> list[FileStorage]:
    """Make the picture or film of a post."""
    if post.get("video"):
        return [FileStorage(io.BytesIO(film()), f"{post['key']}.mp4", content_type="video/mp4")]
    if "picture" in post:
        return [
            FileStorage(io.BytesIO(picture(post["picture"])), f"{post['key']}.png", content_type="image/png")
        ]
    return []


def picture(motif: str) -> bytes:
    """Draw a motif as a PNG."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PALETTES[motif][0])
    draw = ImageDraw.Draw(image)
    {"grid": _grid, "circles": _circles, "teapot": _teapot, "lantern": _lantern}.get(motif, _landscape)(
        draw, motif
    )
    _stamp(draw)
    out, info = io.BytesIO(), PngInfo()
    info.add_text("Comment", "EXERCISE: invented content")
    image.save(out, "PNG", pnginfo=info)
    return out.getvalue()


def _stamp(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((12, 12, 148, 44), fill="#fffdf5")
    draw.text((20, 16), "EXERCISE", fill="#2b2200", font=ImageFont.load_default(24))


def _landscape(draw: ImageDraw.ImageDraw, motif: str) -> None:
    """Three ranges of waves under a light; night has stars, the bridge has a bridge."""
    _, *ranges, light = PALETTES[motif]
    phase = sum(motif.encode()) % 7
    x, y = 560 + 20 * phase, 110 + 8 * phase
    draw.ellipse((x - 50, y - 50, x + 50, y + 50), fill=light)
    if motif == "night":
        for star in range(70):
            sx, sy = (star * 137) % WIDTH, (star * 61) % 260
            draw.ellipse((sx, sy, sx + 1 + star % 3, sy + 1 + star % 3), fill=light)
    for depth, colour in enumerate(ranges):
        base, height, length = 240 + 85 * depth, 60 - 12 * depth, 130 + 40 * phase - 25 * depth
        ridge = [
            (sx, base + height * math.sin(sx / length + depth * 2 + phase)) for sx in range(0, WIDTH + 8, 8)
        ]
        draw.polygon([(0, HEIGHT), *ridge, (WIDTH, HEIGHT)], fill=colour)
    if motif == "bridge":
        draw.rectangle((0, 300, WIDTH, 318), fill=ranges[2])
        for pier in range(60, WIDTH, 170):
            draw.rectangle((pier, 300, pier + 22, HEIGHT), fill=ranges[2])
            draw.arc((pier + 11, 318, pier + 181, 430), 180, 360, fill=ranges[2], width=10)


def _grid(draw: ImageDraw.ImageDraw, motif: str) -> None:
    colours = PALETTES[motif][1:]
    for cell in range(40):
        x, y, inset = cell % 8 * 100, cell // 8 * 100, 8 + cell * 7 % 22
        draw.rectangle((x + inset, y + inset, x + 100 - inset, y + 100 - inset), fill=colours[cell * 5 % 4])


def _circles(draw: ImageDraw.ImageDraw, motif: str) -> None:
    colours = PALETTES[motif][1:]
    for ring in range(9):
        x, y, radius = 90 + ring * 233 % 640, 80 + ring * 149 % 360, 90 - ring * 7
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colours[ring % 4])


def _teapot(draw: ImageDraw.ImageDraw, motif: str) -> None:
    _, table, spout, body, steam = PALETTES[motif]
    draw.rectangle((0, 400, WIDTH, HEIGHT), fill=table)
    draw.arc((470, 200, 620, 360), 270, 90, fill=spout, width=26)
    draw.polygon([(300, 330), (180, 210), (215, 200), (330, 270)], fill=spout)
    draw.ellipse((270, 180, 530, 410), fill=body)
    draw.ellipse((375, 150, 425, 195), fill=spout)
    for curl in range(3):
        draw.arc((150 + curl * 22, 60 + curl * 18, 220 + curl * 22, 190), 120, 260, fill=steam, width=8)


def _lantern(draw: ImageDraw.ImageDraw, motif: str) -> None:
    """Draw a lamp with a hat, and the last drop."""
    _, ground, frame, dark, light = PALETTES[motif]
    draw.rectangle((0, 420, WIDTH, HEIGHT), fill=ground)
    draw.polygon([(300, 180), (500, 180), (470, 410), (330, 410)], fill=light, outline=frame, width=14)
    draw.rectangle((310, 405, 490, 432), fill=dark)
    draw.rectangle((270, 160, 530, 184), fill=dark)
    draw.rectangle((330, 60, 470, 165), fill=dark)
    draw.ellipse((355, 250, 378, 280), fill=dark)
    draw.ellipse((422, 250, 445, 280), fill=dark)
    draw.arc((355, 320, 445, 380), 190, 350, fill=dark, width=8)
    draw.ellipse((600, 390, 622, 424), fill=frame)


def film(seconds: int = 4, frames_per_second: int = 12) -> bytes:
    """Make a short silent film of moving shapes, as MP4 (H.264)."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        container.metadata["comment"] = "EXERCISE: invented content"
        stream: Any = container.add_stream("libx264", rate=frames_per_second)
        stream.width, stream.height, stream.pix_fmt = 480, 300, "yuv420p"
        for number in range(seconds * frames_per_second):
            turn = number / (seconds * frames_per_second) * 2 * math.pi
            image = Image.new("RGB", (480, 300), "#1f2b4f")
            draw = ImageDraw.Draw(image)
            for shape, colour in enumerate(("#f6c453", "#8fb0a9", "#d98a78")):
                x, y = 240 + 130 * math.cos(turn + shape * 2.1), 160 + 70 * math.sin(turn + shape * 2.1)
                draw.regular_polygon((x, y, 42), 3 + shape, rotation=int(math.degrees(turn)), fill=colour)
            _stamp(draw)
            frame: Any = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


def main() -> None:
    """Seed a data directory from the command line."""
    parser = argparse.ArgumentParser(prog="agora seed", description="Fill Agora with invented posts.")
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    store.prepare(data)
    print(f"{plant(data)} new posts in {data}")


if __name__ == "__main__":
    main()
