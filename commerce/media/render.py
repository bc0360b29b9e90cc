"""Draws a picture anew, in a few sizes. What comes out holds pixels and nothing else: no EXIF with its places and names, no comments, no
bytes that rode along. The camera's orientation is applied, colours are brought to sRGB. Takes CPU: run it in a thread.
"""

from io import BytesIO
from typing import Final

from PIL import Image, ImageCms, ImageOps

from commerce.media.errors import MediaRefused
from commerce.media.facts import FULL_SIDE, WIDTHS, Made, Rendition, Seen
from commerce.media.look import BROKEN, PDF, look, opened

JPEG_QUALITY: Final = 85
WEBP_QUALITY: Final = 80
WEBP_METHOD: Final = 2  # twice as quick as the usual 4, and a few per cent larger
WHITE: Final = (255, 255, 255)
_EIGHT_BITS: Final = 256


def render(content: bytes) -> tuple[Seen, list[Made]]:
    """Gives what the bytes are and the files made of them; refuses with MediaRefused what cannot be drawn.

    Of a picture: `full.jpg` (`full.png` where it is transparent somewhere), and each of WIDTHS as WebP, and as JPEG on white. A picture that
    is narrower than a width keeps its own, so that each name is always there. Of a document: itself, as `full.pdf`.
    """
    seen = look(content)
    if seen.kind == "document":
        return seen, [Made(rendition=Rendition(name="full.pdf", mime=PDF, bytes=len(content)), content=content)]
    try:
        full = _drawn(content)
        made = [_made("full.png" if full.mode == "RGBA" else "full.jpg", full)]
        for width in reversed(WIDTHS):
            full = _at_most(full, width)
            made += [_made(f"{width}.webp", full), _made(f"{width}.jpg", _on_white(full))]
    except BROKEN:
        raise MediaRefused("The picture is damaged: it cannot be read to its end.") from None
    largest = made[0].rendition
    return Seen(kind="image", mime=seen.mime, width=largest.width, height=largest.height), made


def _drawn(content: bytes) -> Image.Image:
    """Gives the picture upright, in RGB, or RGBA where it is transparent somewhere, at most FULL_SIDE wide and high, without any metadata."""
    with opened(content) as image:
        image.draft("RGB", (FULL_SIDE, FULL_SIDE))  # a JPEG is decoded at a half or a quarter where that is enough
        image.load()
        upright = _upright(image)
        small: Image.Image = _eight_bits(upright)
        if max(small.size) > FULL_SIDE:
            if small.mode == "P":
                small = small.convert("RGBA" if "transparency" in small.info else "RGB")
            small.thumbnail((FULL_SIDE, FULL_SIDE), Image.Resampling.LANCZOS)
        return _bare(_in_srgb(small))


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except BROKEN:
        return image  # a damaged EXIF block says nothing


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode in {"I;16", "I;16L", "I;16B", "I"}:
        return image.convert("I").point(lambda value: value * (1 / _EIGHT_BITS)).convert("L")
    return image


def _in_srgb(image: Image.Image) -> Image.Image:
    see_through = image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info
    mode = "RGBA" if see_through else "RGB"
    profile = image.info.get("icc_profile")
    if isinstance(profile, bytes) and image.mode in {"RGB", "RGBA", "CMYK"}:
        try:
            converted = ImageCms.profileToProfile(
                image, ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode=mode
            )
        except (ImageCms.PyCMSError, *BROKEN):
            converted = None  # a damaged profile says nothing
        if converted is not None:
            return converted
    return image.convert(mode)


def _bare(image: Image.Image) -> Image.Image:
    """Gives the pixels alone; a picture that is nowhere transparent in RGB."""
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    bare = image.copy()
    bare.info = {}
    return bare


def _at_most(image: Image.Image, width: int) -> Image.Image:
    if image.width <= width:
        return image
    return image.resize((width, max(1, round(image.height * width / image.width))), Image.Resampling.LANCZOS)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGB", image.size, WHITE)
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _made(name: str, image: Image.Image) -> Made:
    out = BytesIO()
    match name.rpartition(".")[2]:
        case "jpg":
            image.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True, progressive=True)
            mime = "image/jpeg"
        case "webp":
            image.save(out, "WEBP", quality=WEBP_QUALITY, method=WEBP_METHOD)
            mime = "image/webp"
        case _:
            image.save(out, "PNG", optimize=True)
            mime = "image/png"
    content = out.getvalue()
    of = Rendition(name=name, mime=mime, bytes=len(content), width=image.width, height=image.height)
    return Made(rendition=of, content=content)
