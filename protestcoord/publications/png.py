"""How does a drawing become a picture of dots: the only module that imports resvg."""

from functools import lru_cache

from protestcoord.publications.printers import MissingPrinter


# A drawing takes a tenth of a second or more: one that was just drawn is not drawn again.
@lru_cache(maxsize=16)
def png_from_svg(svg: str) -> bytes:
    """Return a drawing as PNG, in its own size, with the fonts of the system; it fetches nothing.

    Raises:
        MissingPrinter: resvg is not installed.
    """
    try:
        import resvg_py
    except ImportError as error:
        raise MissingPrinter from error
    return bytes(resvg_py.svg_to_bytes(svg_string=svg))
