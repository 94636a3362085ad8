"""How fast a picture is hashed, and how near to the reference, beside `pdqhash` (Meta's own code) in one run.

Pictures are made for the run: landscapes, shapes, gradients, noise and pages of 16 sizes from 5 x 5 on, each encoded in
13 ways, and JPEGs of 1.6 and 12 megapixels. The peer is measured as ThreatExchange calls it: Pillow decodes, the
whole array is handed over. Everything runs on one core, the rounds in turn; medians are compared, the worst is beside.

The peer is an extra: `pip install pdqhash` builds it and needs g++. Without it, only our side is measured:

    PYTHONPATH=src /path/to/peers/bin/python -m bench.pdq

    python -m bench.pdq [--rounds 9] [--svg FILE]
"""

import argparse
import io
import math
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from bench.serve import machine
from PIL import Image
from tests.core.signals.pictures import KINDS, picture
from tests.core.signals.pngs import flat as flat_png

from entente.core.signals import pdq

SIZES = (
    (5, 5), (8, 8), (13, 40), (31, 31), (64, 64), (63, 65), (80, 100), (128, 128),
    (200, 129), (150, 200), (256, 256), (240, 320), (333, 500), (480, 640), (600, 800), (768, 1024),
)  # fmt: skip
LARGE = ((1004, 1600), (1512, 2016))
COUNTED = tuple(kind for kind in KINDS if kind != "stripes")
SPEEDS = {"1.6-megapixel JPEG": 5.0, "12-megapixel JPEG": 10.0, "12-megapixel JPEG, fast": 15.0}
FLAT_PROGRAM = """
import pathlib, sys, time
from entente.core.signals import pdq
pdq.prepare()
data, before = sys.stdin.buffer.read(), time.process_time()
pdq.hash_image(data)
used = time.process_time() - before
peak = pathlib.Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
print(used, int(peak) / 1e3)
"""
FLAT_CPU_SECONDS, FLAT_MEGABYTES = 2.0, 512.0
FURTHEST, FAST_FURTHEST = 8, 10

Found = tuple[bytes, int]
Encoder = Callable[[Image.Image], bytes]


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return a picture as a file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def halved(image: Image.Image) -> Image.Image:
    """Return a picture at half its size, no side under five pixels."""
    return image.resize((max(5, image.width // 2), max(5, image.height // 2)))


JPEGS: dict[str, Encoder] = {
    "JPEG 95, full chroma": lambda image: encoded(image, "JPEG", quality=95, subsampling=0),
    "JPEG 75": lambda image: encoded(image, "JPEG", quality=75),
    "JPEG 40": lambda image: encoded(image, "JPEG", quality=40),
    "JPEG 85, progressive": lambda image: encoded(image, "JPEG", quality=85, progressive=True),
    "JPEG 80, grey": lambda image: encoded(image.convert("L"), "JPEG", quality=80),
    "JPEG 85, half size": lambda image: encoded(halved(image), "JPEG", quality=85),
}
ENCODERS: dict[str, Encoder] = {
    **JPEGS,
    "PNG": lambda image: encoded(image, "PNG"),
    "PNG with alpha": lambda image: encoded(image.convert("RGBA"), "PNG"),
    "GIF": lambda image: encoded(image, "GIF"),
    "WebP 70": lambda image: encoded(image, "WEBP", quality=70),
    "WebP, lossless": lambda image: encoded(image, "WEBP", lossless=True),
    "BMP": lambda image: encoded(image, "BMP"),
    "TIFF": lambda image: encoded(image, "TIFF", compression="tiff_lzw"),
}


def digest(bits: Any) -> bytes:
    """Return the peer's 256 ones and zeros as 32 bytes."""
    return np.packbits(np.asarray(bits, dtype=np.uint8)).tobytes()


def peers_hash(peer: Any, data: bytes) -> Found:
    """Return what the peer says of a file, as ThreatExchange asks it."""
    array = np.asarray(Image.open(io.BytesIO(data)))
    if array.ndim == 2:
        array = np.concatenate([array[..., np.newaxis]] * 3, axis=2)
    bits, quality = peer.compute(array)
    return digest(bits), int(quality)


def reference_hash(peer: Any, data: bytes) -> Found:
    """Return what the peer says of the colours of a file: of palettes it would take the numbers of the entries."""
    bits, quality = peer.compute(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
    return digest(bits), int(quality)


def bits_apart(one: bytes, other: bytes) -> int:
    """Return how many bits of two hashes differ."""
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def files() -> Iterator[tuple[str, str, bytes]]:
    """Yield the pictures that are compared: name, encoding, bytes."""
    for kind in COUNTED:
        for seed in range(2):
            for sizes, encoders in ((SIZES, ENCODERS), (LARGE, JPEGS)):
                for height, width in sizes:
                    image = Image.fromarray(picture(kind, seed, height, width))
                    for encoding, encode in encoders.items():
                        yield f"{kind} {seed}, {width} x {height}", encoding, encode(image)


def cause(data: bytes, reference: bytes) -> str:
    """Say why a hash differs: what the decoder gave, or the order in which numbers are added."""
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    from_colours = bits_apart(pdq.hash_pixels(pixels).value, reference)
    if from_colours <= 2:
        return f"luma as the decoder rounds it; from the colours {from_colours}"
    return f"coefficients at the median, decided by rounding; from the colours {from_colours}"


def agreement(peer: Any) -> bool:
    """Compare with the reference, print, and return whether what is asked is reached."""
    by_encoding: dict[str, Counter[int]] = {}
    all_of_them: Counter[int] = Counter()
    usable: Counter[int] = Counter()
    qualities: Counter[int] = Counter()
    beyond = []
    for name, encoding, data in files():
        value, quality = reference_hash(peer, data)
        ours = pdq.hash_image(data)
        distance = bits_apart(ours.value, value)
        by_encoding.setdefault(encoding, Counter())[distance] += 1
        all_of_them[distance] += 1
        qualities[abs(ours.quality - quality)] += 1
        if quality >= pdq.USABLE_QUALITY:
            usable[distance] += 1
        if distance > 2:
            beyond.append(f"  {distance} bits, quality {quality}: {name}, {encoding}: {cause(data, value)}")
    total = all_of_them.total()
    print(f"agreement with the reference, {total} pictures ({usable.total()} of quality 50 or more)")
    for encoding, found in by_encoding.items():
        spread = ", ".join(f"{found[distance]} at {distance}" for distance in sorted(found))
        print(f"  {encoding:22} {spread}")
    same, near = all_of_them[0] / total, sum(all_of_them[distance] for distance in (0, 1, 2)) / total
    print(f"  the same: {same:.1%} (at least 95 %); at most 2 bits: {near:.2%} (at least 99.5 %)")
    print(f"  furthest of quality 50 or more: {max(usable)} bits (at most {FURTHEST})")
    print(f"  quality differs by {dict(sorted(qualities.items()))}")
    print(f"  above 2 bits: {len(beyond)}", *beyond, sep="\n")
    return same >= 0.95 and near >= 0.995 and max(usable) <= FURTHEST


def without_structure(peer: Any) -> None:
    """Show what hashes of pictures are worth that change in one direction only: nothing, in the reference too."""
    theirs, ours, between = [], [], []
    for seed in range(10):
        image = Image.fromarray(picture("stripes", seed, 300, 400))
        one, other = encoded(image, "PNG"), encoded(image, "JPEG", quality=90)
        here, there = pdq.hash_image(one).value, pdq.hash_image(other).value
        reference, again = reference_hash(peer, one)[0], reference_hash(peer, other)[0]
        ours.append(bits_apart(here, there))
        theirs.append(bits_apart(reference, again))
        between.append(bits_apart(here, reference))
    print(
        "not counted above, stripes of 400 x 300: median distance of a PNG to its JPEG "
        f"{statistics.median(theirs):.0f} bits in the reference, {statistics.median(ours):.0f} here; "
        f"of the PNG between the two {statistics.median(between):.0f}"
    )


def seconds(call: Callable[[], object]) -> float:
    """Return how much processor time a call takes; on one core that is what counts, whoever else is about."""
    began = time.process_time()
    call()
    return time.process_time() - began


def photos() -> dict[str, list[bytes]]:
    """Make the pictures whose speed counts, at what cameras and messengers usually give them in bytes."""
    small = [Image.fromarray(picture("landscape", seed, 1004, 1600)) for seed in range(3)]
    large = [Image.fromarray(picture("landscape", seed, 3024, 4032)) for seed in range(2)]
    return {
        "1.6-megapixel JPEG": [encoded(image, "JPEG", quality=85) for image in small],
        "12-megapixel JPEG": [encoded(image, "JPEG", quality=93) for image in large],
        "1.6-megapixel PNG": [encoded(image, "PNG") for image in small],
        "512 x 512 JPEG": [encoded(image.resize((512, 512)), "JPEG", quality=85) for image in small],
        "256 x 256 JPEG": [encoded(image.resize((256, 256)), "JPEG", quality=85) for image in small],
    }


def speed(peer: Any, rounds: int) -> tuple[bool, dict[str, tuple[float, float]]]:
    """Measure and print; return whether what is asked is reached, and pictures a second (ours, the peer's)."""
    reached, drawn = True, {}
    print("pictures a second of processor time, one core; median (slowest round) of each, bytes to hash")
    for title, several in photos().items():
        ways = {"": False} | ({", fast": True} if title.startswith("12") else {})
        times: dict[str, list[float]] = {way: [] for way in (*ways, "peer")}
        for _ in range(rounds):
            for data in several:
                for way, fast in ways.items():
                    times[way].append(seconds(partial(pdq.hash_image, data, fast=fast)))
                times["peer"].append(seconds(partial(peers_hash, peer, data)) if peer else np.nan)
        theirs = statistics.median(times["peer"])
        size = statistics.mean(len(data) for data in several) / 1e6
        for way in ways:
            ours = statistics.median(times[way])
            asked = SPEEDS.get(title + way, 0.0)
            beside = (
                f", peer {1 / theirs:7.1f} ({1 / max(times['peer']):.1f}): {theirs / ours:4.1f} times"
                + (f" (at least {asked:.0f})" if asked else "")
                if peer
                else ""
            )
            print(f"  {title + way:24} {size:5.2f} MB: {1 / ours:7.1f} ({1 / max(times[way]):.1f}){beside}")
            reached &= not theirs < asked * ours  # not reached is only what was compared
            drawn[title + way] = (1 / ours, 1 / theirs)
        if ", fast" in ways:
            reached &= fast_is_near(several)
    return reached, drawn


def fast_is_near(several: list[bytes]) -> bool:
    """Print how far the fast mode is from full scale; return whether it is near enough."""
    apart = [
        bits_apart(pdq.hash_image(data).value, pdq.hash_image(data, fast=True).value) for data in several
    ]
    print(f"  fast mode, distance to full scale: {apart} (at most {FAST_FURTHEST})")
    return max(apart) <= FAST_FURTHEST


def flat() -> bool:
    """Hash half a megabyte of PNG that holds 169 megapixels, in a process of its own, and print what it took."""
    data = flat_png(13_000, 13_000)
    done = subprocess.run([sys.executable, "-c", FLAT_PROGRAM], input=data, capture_output=True, check=True)
    cpu, megabytes = map(float, done.stdout.split())
    print(
        f"PNG of 13,000 x 13,000, one colour, {len(data) / 1e3:.0f} kB: {cpu:.2f} s of CPU (at most "
        f"{FLAT_CPU_SECONDS:.0f}), peak of the process {megabytes:.0f} MB (at most {FLAT_MEGABYTES:.0f})"
    )
    return cpu <= FLAT_CPU_SECONDS and megabytes <= FLAT_MEGABYTES


def plot(drawn: dict[str, tuple[float, float]]) -> str:
    """Return the speeds as bars, SVG: ours above, the peer's below, each pair to its own scale."""
    rows = []
    for number, (title, (ours, theirs)) in enumerate(drawn.items()):
        top, most = 34 + 48 * number, max(ours, 0.0 if math.isnan(theirs) else theirs)
        rows.append(f'<text x="0" y="{top}">{title}</text>')
        for line, (name, value, colour) in enumerate((("here", ours, "#146"), ("pdqhash", theirs, "#b85"))):
            if math.isnan(value):
                continue
            y, width = top + 4 + 15 * line, 430 * value / most
            rows.append(f'<rect x="0" y="{y}" width="{width:.0f}" height="13" fill="{colour}"/>')
            rows.append(f'<text x="{width + 6:.0f}" y="{y + 11}">{value:,.0f} a second, {name}</text>')
    height = 40 + 48 * len(drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 0 640 {height}" font-family="sans-serif" '
        f'font-size="12"><text x="0" y="14" font-weight="bold">Bytes to PDQ, pictures a second on one core'
        f"</text>{''.join(rows)}</svg>\n"
    )


def main() -> int:
    """Compare and measure; return 1 when something asked for is not reached."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--svg", type=Path, help="where to draw the speeds")
    asked = parser.parse_args()
    print(machine())
    peer: Any = None
    try:
        import pdqhash as peer  # type: ignore[no-redef,import-not-found,unused-ignore]
    except ImportError:
        print(
            "this Python has no pdqhash, so there is nothing to compare with: `pip install pdqhash` needs g++"
        )
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    pdq.prepare()
    right = agreement(peer) if peer else True
    if peer:
        without_structure(peer)
    fast, drawn = speed(peer, asked.rounds)
    right &= fast & flat()
    if asked.svg:
        asked.svg.write_text(plot(drawn), encoding="utf-8")
    print(f"load average now: {', '.join(f'{value:.1f}' for value in os.getloadavg())}")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
