"""How does a file come into a folder that everybody may read, whatever else of us is private."""

from pathlib import Path


def write_public(file: Path, content: bytes) -> None:
    """Write a file that every user of the machine may read: a web server is another user."""
    file.write_bytes(content)
    file.chmod(0o644)


def make_public_folder(folder: Path) -> None:
    """Make a folder, and those above that are missing, which every user may look into."""
    if folder.is_dir():
        return
    make_public_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
