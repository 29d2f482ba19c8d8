"""What is a kind of file for programs: its address, its media type, the schema of its JSON."""

from dataclasses import dataclass

from protestcoord.publications.answers import media_type_of
from protestcoord.publications.schemas import Schema


@dataclass(frozen=True)
class Kind:
    """A kind of file for programs.

    Attributes:
        path: Its address, with parameters such as ``{campaign}``.
        summary: What it is, for people who write programs.
        multilingual: Whether it exists once for each language.
        schema: Of its JSON; None where it is none.
    """

    path: str
    summary: str
    multilingual: bool = False
    schema: Schema | None = None

    @property
    def media_type(self) -> str:
        """Content type, without parameters."""
        return media_type_of(self.path).partition(";")[0]
