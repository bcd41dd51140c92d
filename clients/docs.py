"""Puts the scripts into the pages of docs/clients/: `python3 clients/docs.py`. A page says where a script belongs, and a test that it is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs/clients").glob("*.md"))
# <!-- clients/NAME --> and the block of code below it.
BLOCK = re.compile(r"(?P<head><!-- (?P<script>clients/\S+) -->\n```\w+\n).*?(?P<end>^```$)", re.DOTALL | re.MULTILINE)


def filled(page: str) -> str:
    """A page with its scripts as they are now."""
    return BLOCK.sub(lambda block: block["head"] + (ROOT / block["script"]).read_text() + block["end"], page)


def shown() -> set[str]:
    """The scripts that a page shows."""
    return {block["script"] for page in PAGES for block in BLOCK.finditer(page.read_text())}


if __name__ == "__main__":
    for path in PAGES:
        path.write_text(filled(path.read_text()))
