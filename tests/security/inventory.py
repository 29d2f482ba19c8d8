"""Which parts of others does the app consist of: a CycloneDX list of packages and vendored files.

python -m tests.security.inventory FILE
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.security.rules import CHECKOUT

LOCK = CHECKOUT / "requirements.lock"
VENDORED = CHECKOUT / "protestcoord" / "static" / "vendor" / "README.md"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
HASHED = re.compile(r"--hash=sha256:[0-9a-f]{64}")
VENDORED_ROW = re.compile(
    r"^\| `([^`]+)` \| ((?:@[\w-]+/)?[\w.-]+) ([0-9.]+)[^|]*\| ([^|;]+)", re.MULTILINE
)
FILE_ROW = re.compile(r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|$", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """One part of others.

    Attributes:
        ecosystem: Where it is published, as OSV writes it: ``PyPI`` or ``npm``.
    """

    ecosystem: str
    name: str
    version: str


def locked_parts(lock: Path = LOCK) -> list[Part]:
    return [Part("PyPI", name, v) for name, v in PINNED.findall(lock.read_text(encoding="utf-8"))]


def vendored_parts(readme: Path = VENDORED) -> list[Part]:
    rows = VENDORED_ROW.findall(readme.read_text(encoding="utf-8"))
    return [Part("npm", name, version) for _, name, version, _ in rows]


def parts_without_hash(lock: Path = LOCK) -> list[str]:
    """Return what is pinned, but not to bytes."""
    blocks = re.split(r"^(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    named = [block for block in blocks if PINNED.match(block)]
    return [block.partition("==")[0] for block in named if not HASHED.search(block)]


def _vendored_components() -> Iterator[dict[str, Any]]:
    text = VENDORED.read_text(encoding="utf-8")
    files = FILE_ROW.findall(text)
    for folder, name, version, licence in VENDORED_ROW.findall(text):
        yield {
            "type": "library",
            "bom-ref": f"vendored-{folder}",
            "name": name,
            "version": version,
            "purl": f"pkg:npm/{name.replace('@', '%40')}@{version}",
            "licenses": [{"license": {"name": licence.strip()}}],
            "components": [
                {
                    "type": "file",
                    "bom-ref": f"vendored-{file}",
                    "name": file,
                    "hashes": [{"alg": "SHA-256", "content": digest}],
                }
                for file, digest in files
                if file.startswith(f"{folder}/")
            ],
        }


@cache
def inventory() -> dict[str, Any]:
    """Return the list as CycloneDX 1.6; the same parts give the same list."""
    command = [Path(sys.executable).with_name("cyclonedx-py"), "requirements", LOCK]
    options = ["--output-reproducible", "--of", "JSON", "--sv", "1.6", "-o", "-"]
    made = subprocess.run([*command, *options], capture_output=True, check=True)
    listed: dict[str, Any] = json.loads(made.stdout)
    listed["components"] += _vendored_components()
    listed["metadata"]["component"] = {"type": "application", "name": "protestcoord"}
    return listed


def main() -> None:
    file = Path(sys.argv[1])
    listed = inventory()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
    print(f"{file}: {len(listed['components'])} parts")


if __name__ == "__main__":
    main()
