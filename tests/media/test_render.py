"""What is taken in by its content, and what comes out of it: pixels, and nothing else."""

from io import BytesIO

import pytest
from PIL import Image

from commerce.media.errors import MediaRefused
from commerce.media.facts import MOST_PIXELS, WIDTHS, Made
from commerce.media.look import look
from commerce.media.render import render
from tests.media.pictures import PDF, SECRET, bomb, drawn, jpeg, moving, saved, swelling, telling

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
NAMES = {"full.jpg", *(f"{width}.{kind}" for width in WIDTHS for kind in ("webp", "jpg"))}


def files(content: bytes) -> dict[str, Made]:
    return {each.rendition.name: each for each in render(content)[1]}


def shown(made: Made) -> Image.Image:
    return Image.open(BytesIO(made.content))


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        (jpeg(), "image/jpeg"),
        (saved(drawn(), "PNG"), "image/png"),
        (saved(drawn(), "WEBP"), "image/webp"),
        (saved(drawn(), "GIF"), "image/gif"),
        (PDF, "application/pdf"),
    ],
)
def test_a_file_is_what_its_content_says(content: bytes, mime: str) -> None:
    assert look(content).mime == mime


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (SVG, "SVG"),
        (b"<?xml version='1.0'?>" + SVG, "SVG"),
        (b"GIF89a<script>alert(1)</script>", "JPEG, PNG"),
        (b"<html><body><script>alert(1)</script></body></html>", "JPEG, PNG"),
        (b"MZ\x90\x00" + bytes(200), "JPEG, PNG"),
        (saved(drawn(), "TIFF"), "JPEG, PNG"),
        (saved(drawn(), "BMP"), "JPEG, PNG"),
        (moving("GIF"), "moves"),
        (moving("PNG"), "moves"),
        (moving("WEBP"), "moves"),
        (bomb(30_000, 30_000), "pixels"),
        (bomb(7_072, 7_072), "pixels"),
        (bomb(20_000, 10), "pixels"),
        (b"%PDF-1.4\nno end", "whole PDF"),
        (b"%PDF-x\n%%EOF", "whole PDF"),
        (PDF.replace(b"/Catalog", b"/Catalog /OpenAction << /S /JavaScript /JS (x) >>"), "/JavaScript"),
        (PDF.replace(b"%%EOF", b"PK\x05\x06" + bytes(18) + b"\n%%EOF"), "archive"),
    ],
)
def test_what_is_not_taken_is_refused_with_its_reason(content: bytes, because: str) -> None:
    with pytest.raises(MediaRefused, match=because):
        look(content)


def test_the_bound_of_pixels_is_the_one_that_is_told() -> None:
    assert 7_072 * 7_072 > MOST_PIXELS > 7_071 * 7_071
    assert look(bomb(7_071, 7_071)).width == 7_071


@pytest.mark.parametrize(
    "content",
    [
        bomb(500, 500),
        jpeg(400, 400)[:3_000],
        saved(drawn(300, 300), "WEBP")[:120],
        saved(drawn(300, 300), "PNG")[:300],
        saved(drawn(300, 300), "GIF")[:60],
        swelling(),
    ],
)
def test_a_damaged_picture_is_refused_when_it_is_drawn(content: bytes) -> None:
    with pytest.raises(MediaRefused, match=r"damaged|JPEG, PNG"):
        render(content)


def test_a_photo_is_drawn_upright_in_every_size_and_tells_nothing() -> None:
    seen, made = render(telling(2_000, 1_000, orientation=6))
    assert (seen.width, seen.height) == (1_000, 2_000)
    assert {each.rendition.name for each in made} == NAMES
    for each in made:
        picture = shown(each)
        assert picture.size == (each.rendition.width, each.rendition.height)
        assert picture.width <= (
            2_560 if each.rendition.name.startswith("full") else int(each.rendition.name.partition(".")[0])
        )
        assert not picture.getexif()
        assert not {"exif", "comment", "icc_profile", "xmp"} & picture.info.keys()
        assert SECRET not in each.content
        # Turned by a quarter to the right, what was left is on top.
        top = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 4))
        assert isinstance(top, tuple)
        assert top[0] > 150 > top[2]


def test_a_large_photo_is_made_smaller_and_a_small_one_never_larger() -> None:
    large, small = files(jpeg(5_200, 400)), files(jpeg(300, 200))
    assert shown(large["full.jpg"]).size == (2_560, 197)
    assert {shown(small[name]).width for name in small} == {160, 300}
    assert small.keys() == NAMES


def test_what_is_transparent_stays_so_but_for_a_jpeg_on_white() -> None:
    picture = drawn(40, 20, mode="RGBA")
    picture.putpixel((0, 0), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 0), (0, 0, 20, 20))
    made = files(saved(picture, "PNG"))
    assert "full.png" in made
    assert shown(made["480.webp"]).convert("RGBA").getpixel((2, 2))[3] == 0  # type: ignore[index]
    assert min(shown(made["480.jpg"]).convert("RGB").getpixel((2, 2))) > 240  # type: ignore[arg-type]
    assert "full.jpg" in files(saved(drawn(mode="RGBA"), "PNG"))  # nowhere transparent


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
def test_nothing_that_rides_along_survives(kind: str) -> None:
    rider = b"PK\x03\x04 <script>alert(1)</script> <?php evil(); ?>"
    made = files(saved(drawn(), kind) + rider)
    assert made
    assert all(b"script" not in each.content and b"PK\x03\x04" not in each.content for each in made.values())


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "CMYK", "I;16"])
def test_every_kind_of_colour_is_drawn(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    made = files(
        saved(drawn(64, 64).convert("L").convert(mode) if mode != "CMYK" else drawn(64, 64).convert(mode), kind)
    )
    assert made["160.jpg"].rendition.width == 64


def test_sixteen_bits_keep_their_brightness() -> None:
    made = files(saved(Image.new("I;16", (32, 32), 32_768), "PNG"))
    assert abs(shown(made["160.jpg"]).convert("L").getpixel((5, 5)) - 128) < 4  # type: ignore[operator]


def test_a_document_stays_as_it_is() -> None:
    seen, made = render(PDF)
    assert seen.kind == "document"
    assert [(each.rendition.name, each.content) for each in made] == [("full.pdf", PDF)]
