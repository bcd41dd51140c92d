"""Which program is tried: one that is there, or the one that `cargo build` makes."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def add_binary(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--binary", type=Path, metavar="FILE", help="the program [default: what `cargo build` makes]")


def program(options: argparse.Namespace) -> Path:
    """The program, built where none is named. Exits with 3 where there is none."""
    binary = options.binary
    if binary is None:
        built = subprocess.run(["cargo", "build", "--quiet", "--bin", "breakroom"], cwd=ROOT, check=False)
        target = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
        binary = target / "debug/breakroom" if built.returncode == 0 else None
    if binary is None or not binary.exists():
        print(f"error: there is no program {binary or 'that cargo could build'}", file=sys.stderr)
        sys.exit(3)
    return binary.resolve()
