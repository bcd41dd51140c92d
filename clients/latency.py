"""What one call over streamable HTTP takes with the Python SDK of MCP, beside that SDK and a tool that does nothing on a server of rmcp's.

Run it with the interpreter of the group mcp2:

    cargo build --release --bin breakroom --example empty_mcp
    $(python3 clients/environments.py mcp2)/bin/python clients/latency.py --binary target/release/breakroom --empty target/release/examples/empty_mcp
"""

import argparse
import asyncio
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from mcp import Client

from program import add_binary, program
from server import Office, Process

CALLS = 2000
# A look-up by id, which hardly costs the office anything.
CALL = ("calendar_get_event_information_by_id", {"event_id": "00000001"})
NOTHING = ("nothing", {})


async def timed(client: Client, name: str, arguments: dict[str, str]) -> float:
    """Milliseconds of a call."""
    began = perf_counter()
    result = await client.call_tool(name, arguments)
    took = perf_counter() - began
    if result.is_error:
        raise RuntimeError(result.content)
    return took * 1000


async def compared(office: str, empty: str, mode: str) -> tuple[float, float]:
    """Milliseconds of a call to the office, and of one to the empty tool: medians of calls by turns, since other work slows both."""
    async with Client(office, mode=mode) as mine, Client(empty, mode=mode) as other:
        times = [(await timed(mine, *CALL), await timed(other, *NOTHING)) for _ in range(CALLS)]
    ours, theirs = zip(*times, strict=True)
    return median(ours), median(theirs)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_binary(parser)
    parser.add_argument("--empty", type=Path, required=True, metavar="FILE", help="the example empty_mcp")
    options = parser.parse_args()
    with Office(program(options), "--max-calls", "1000000") as office:
        for mode in ("auto", "legacy"):
            for words in ([], ["--sessions"]):
                with Process([options.empty, *words]) as empty:
                    address = office.open("calendar.create-with-colleague.01")["addresses"]["mcp"]
                    ours, theirs = asyncio.run(compared(address, empty.first_line, mode))
                setup = "rmcp's own settings" if words else "the office's settings"
                print(f"{mode:8} office {ours:.2f} ms, empty tool with {setup} {theirs:.2f} ms, ratio {ours / theirs:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
