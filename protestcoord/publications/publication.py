"""What is a publication: one finished file, the slice it reads, and how it is built."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from protestcoord.core.links import Links


@dataclass(frozen=True)
class Publication:
    """One finished file to be.

    Attributes:
        path: Address without language, such as ``/c/demo/calendar.ics``; one that ends with a
            slash is a page, kept as ``index.html``.
        slice: The part of the snapshot it reads: views, tuples and plain values only. The file
            is built again when the digest of this, of the language or of the code changes.
        build: Pure function of the slice and the links (which carry the language): the bytes.
        multilingual: Whether it exists once for each language, or once in all.
    """

    path: str
    slice: Any
    build: Callable[[Any, Links], bytes]
    multilingual: bool = True
