"""Sends a served description of HTTP the requests that follow from it, right and wrong ones, and checks each answer.

Each plane is tried with its own token. Exits 0 where every answer is as described, 1 where one is not, 3 where there is no program to try.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import environments
from program import add_binary, program
from server import Office

HERE = Path(__file__).resolve().parent
# Any task: the agent's plane is that of a session.
TASK = "calendar.create-with-colleague.01"


def fuzz(office: Office, plane: str, options: argparse.Namespace, token: str, session: str) -> bool:
    """Whether every answer to a plane's requests was as described."""
    schemathesis = environments.ensure("fuzz") / "bin/schemathesis"
    command = [schemathesis, "--config-file", HERE / f"fuzz/{plane}.toml", "run", f"{office.url}/openapi.json"]
    command += ["--header", f"Authorization: Bearer {token}", "--max-time", str(options.seconds // 2), "--seed", str(options.seed)]
    # An office may be asked for whose tools are up to ten seconds late on purpose.
    command += ["--request-timeout", "30"]
    told = {"BREAKROOM_SESSION": session, "SCHEMATHESIS_HOOKS": str(HERE / "fuzz/keys.py")}
    print(f"{plane}'s plane", flush=True)
    return subprocess.run([*command, "--no-color"], env=os.environ | told, check=False).returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_binary(parser)
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="how long both planes may take [default: %(default)s]")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="what requests are drawn from [default: %(default)s]")
    options = parser.parse_args()
    with Office(program(options), "--max-calls", "1000000") as office:
        opened = office.open(TASK)
        tokens = {"harness": office.token, "agent": opened["token"]}
        held = [fuzz(office, plane, options, token, opened["session"]) for plane, token in tokens.items()]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
