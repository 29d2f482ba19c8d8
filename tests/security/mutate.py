"""Break each protecting line in a copy of the checkout, and see whether a test notices.

    python -m tests.security.mutate [PART OF A NAME]

Exit status 1 if more than two breaks go unnoticed.
"""

import compileall
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from py_compile import PycInvalidationMode

from tests.proofs import quick_environment
from tests.security.mutations import MUTATIONS, Mutation

CHECKOUT = Path(__file__).resolve().parent.parent.parent
MOST_MISSED = 2
LEFT_OUT = (
    ".git",
    ".venv",
    "build",
    "instance",
    "node_modules",
    "pictures",
    "*_cache",
    "*.egg-info",
)
# What pytest says when tests ran and some failed; a test that is not there is another status.
TESTS_FAILED = 1


@contextmanager
def copied_checkout() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mutated-") as folder:
        copy = Path(folder) / "checkout"
        shutil.copytree(CHECKOUT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT, "__pycache__"))
        # By their content: a file that is broken and mended within one second has one time.
        compileall.compile_dir(copy, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
        yield copy


def is_applicable(mutation: Mutation, checkout: Path = CHECKOUT) -> bool:
    text = (checkout / mutation.file).read_text(encoding="utf-8")
    return text.count(mutation.old) == 1 and mutation.old != mutation.new


def is_caught(mutation: Mutation, copy: Path) -> bool:
    """Tell whether a test fails with the line broken, in a copy that is mended afterwards."""
    file = copy / mutation.file
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole.replace(mutation.old, mutation.new), encoding="utf-8")
    try:
        return _status_of(mutation.tests, copy) == TESTS_FAILED
    finally:
        file.write_text(whole, encoding="utf-8")


def _status_of(tests: tuple[str, ...], copy: Path) -> int:
    asked = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    environment = {k: v for k, v in quick_environment().items() if not k.startswith("PYTEST_")}
    ended = subprocess.run(
        asked,
        cwd=copy,
        env=environment | {"PYTHONPATH": str(copy)},
        capture_output=True,
        timeout=600,
    )
    return ended.returncode


def missed(mutations: tuple[Mutation, ...], copy: Path) -> list[Mutation]:
    """Break one line after the other in a copy; return what nobody noticed."""
    found = []
    for mutation in mutations:
        caught = is_caught(mutation, copy)
        print(f"{'caught' if caught else 'MISSED'}  {mutation.what}", flush=True)
        if not caught:
            found.append(mutation)
    return found


def main() -> None:
    wanted = " ".join(sys.argv[1:])
    chosen = tuple(mutation for mutation in MUTATIONS if wanted in mutation.what)
    with copied_checkout() as copy:
        unnoticed = missed(chosen, copy)
    print(f"{len(chosen) - len(unnoticed)} of {len(chosen)} caught")
    sys.exit(len(unnoticed) > MOST_MISSED)


if __name__ == "__main__":
    main()
