"""Makes the environments that clients and frameworks run in: `python3 clients/environments.py GROUP…`, and prints where each is.

A group is a file of pinned requirements in `requirements/`, or the folder `node/`. Its environment is `target/clients/GROUP`, made where there is
none and made anew when the pins change. Needs Python with `venv`; npm for `node`.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent / "target" / "clients"
# Installs what pip would, in a tenth of the time.
UV = "uv==0.13.9"


def ensure(group: str) -> Path:
    """The environment of a group, up to date. Raises `subprocess.CalledProcessError` where it cannot be installed."""
    pins = HERE / "node/package-lock.json" if group == "node" else HERE / f"requirements/{group}.txt"
    if not pins.exists():
        raise FileNotFoundError(f"there is no group {group}: {pins.parent} has no {pins.name}")
    return _made(group, pins.read_bytes(), lambda place: _node(place) if group == "node" else _python(place, pins))


def python(group: str) -> Path:
    """The interpreter of a group."""
    return ensure(group) / "bin/python"


def _made(name: str, pins: bytes, make) -> Path:
    """The folder of an environment; one process at a time makes it, and the mark of what is in it is written last."""
    place = ROOT / name
    mark = place / ".made-from"
    wanted = hashlib.sha256(pins + sys.version.encode()).hexdigest()
    ROOT.mkdir(parents=True, exist_ok=True)
    with open(ROOT / f".{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.exists() or mark.read_text() != wanted:
            print(f"installing {name}", file=sys.stderr)
            shutil.rmtree(place, ignore_errors=True)
            make(place)
            mark.write_text(wanted)
    return place


def _python(place: Path, pins: Path) -> None:
    uv = _made("uv", UV.encode(), _uv) / "bin/uv"
    venv.create(place)
    # An environment of the caller's own would be installed into instead.
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    command = [uv, "pip", "sync", "--quiet", "--python", place / "bin/python", pins]
    subprocess.run(command, env=environment, check=True)


def _uv(place: Path) -> None:
    venv.create(place, with_pip=True)
    subprocess.run([place / "bin/pip", "install", "--quiet", "--disable-pip-version-check", UV], check=True)


def _node(place: Path) -> None:
    place.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / "node" / name, place)
    subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=place, check=True)


if __name__ == "__main__":
    for name in sys.argv[1:] or sys.exit("usage: environments.py GROUP…"):
        print(ensure(name))
