"""What is asked for when a message is written."""

from dataclasses import dataclass

from protestcoord.messages.rules import Audience


@dataclass(frozen=True)
class MessageRequest:
    """A subject, a text with variables, and which groups get it."""

    subject: str
    text: str
    audience: Audience
