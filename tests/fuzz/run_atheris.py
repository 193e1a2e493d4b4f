"""Fuzzes one target, or all, led by coverage: `python tests/fuzz/run_atheris.py claim_sentence --seconds 60`.

Needs `pip install atheris`, which is no dependency; without it, inputs are drawn at random from the same seeds.
Anything but an `HnfError`, and any input that takes longer than the limit, ends the run and is written to
`crash-TARGET`.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

MEMORY_MB = 1_500


def _once(name: str, content: bytes) -> None:
    from fuzz.targets import SECONDS, TARGETS

    from hnf.errors import HnfError

    began = time.process_time()
    try:
        TARGETS[name](content)
    except HnfError as error:
        if "\n" in error.line():
            raise AssertionError("an error of more than one line") from error
    if time.process_time() - began > SECONDS:
        raise AssertionError(f"longer than {SECONDS} seconds")


def _with_atheris(name: str, seconds: int) -> None:
    import atheris

    with atheris.instrument_imports(include=["hnf"]):
        from fuzz.targets import seeds
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    for number, seed in enumerate(seeds(name)):
        (folder / str(number)).write_bytes(seed)
    options = [f"-max_total_time={seconds}", f"-rss_limit_mb={MEMORY_MB}", "-timeout=10", "-max_len=60000"]
    options += [f"-artifact_prefix=crash-{name}-", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, str(folder)], lambda content: _once(name, content))
    atheris.Fuzz()


def _at_random(name: str, seconds: int, seed: int) -> int:
    from fuzz.targets import seeds
    from fuzz.test_fuzz import BITS

    rng = random.Random(seed)
    began, count = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        content = bytearray(rng.choice(seeds(name)))
        for _ in range(rng.randint(1, 6)):
            at = rng.randint(0, len(content))
            end = min(len(content), at + rng.randint(0, 60))
            piece = rng.choice([rng.choice(BITS), rng.randbytes(rng.randint(0, 8)), bytes(content[at:end]) * 2])
            content[at : rng.choice([at, end])] = piece
        try:
            _once(name, bytes(content))
        except BaseException:
            Path(f"crash-{name}").write_bytes(content)
            raise
        count += 1
    return count


def _names() -> list[str]:
    """The names of the targets, read without importing what is to be instrumented."""
    text = (ROOT / "tests" / "fuzz" / "targets.py").read_text(encoding="utf-8")
    return re.findall(r"^def ([a-z]\w*)\(content: bytes\) -> None:", text, re.MULTILINE)


def main() -> None:
    names = _names()
    parser = argparse.ArgumentParser(description="Fuzz a reader.")
    parser.add_argument("target", choices=[*names, "all"])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--random", action="store_true", help="without atheris")
    arguments = parser.parse_args()
    if arguments.target == "all":
        for name in names:
            command = [sys.executable, __file__, name, f"--seconds={arguments.seconds}", f"--seed={arguments.seed}"]
            subprocess.run([*command, *(["--random"] if arguments.random else [])], check=True)
        return
    try:
        import atheris  # noqa: F401
    except ImportError:
        arguments.random = True
    if arguments.random:
        count = _at_random(arguments.target, arguments.seconds, arguments.seed)
        sys.stdout.write(f"| {arguments.target} | {count:,} |\n")
    else:
        _with_atheris(arguments.target, arguments.seconds)


if __name__ == "__main__":
    main()
