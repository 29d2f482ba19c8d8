"""How does a page of HTML become a printed one: the only module that imports WeasyPrint.

WeasyPrint is slow to import and needs Pango from the system: import it where it is used.
"""

import logging
from functools import cache
from typing import Any

from protestcoord.publications.printers import MissingPrinter


@cache
def _weasyprint() -> Any:
    """Return the library, which says more than we want to keep in our log."""
    try:
        import weasyprint
    except (ImportError, OSError) as error:  # OSError: the library is there, Pango is not
        raise MissingPrinter from error
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    return weasyprint


@cache
def _fetcher() -> Any:
    """Return what fetches for a page: nothing but what stands in the page itself."""
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols=("data",))


@cache
def _fonts() -> Any:
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


def document_from_html(html: str) -> Any:
    """Return a page laid out; ``pages`` and ``write_pdf`` are WeasyPrint's.

    Raises:
        MissingPrinter: WeasyPrint or Pango is not installed.
    """
    page = _weasyprint().HTML(string=html, url_fetcher=_fetcher())
    return page.render(font_config=_fonts(), pdf_tags=True)
