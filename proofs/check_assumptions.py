#!/usr/bin/env python3
"""Check the ledger of assumptions (proofs/ASSUMPTIONS.md) against the tree.

Every C file of gen/ and src/ that defines a function must be the source of a proof target, or stand in one of the ledger's tables (rows
'| `pattern` | lines | why |'), whose line counts must be right; a file cannot be in both. Every function of the crypto port
must be named in the ledger. With --fix the line counts are written anew.
The last line is 'N passed, N failed'.
"""

import fnmatch
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEDGER = ROOT / "proofs" / "ASSUMPTIONS.md"
ROW = re.compile(r"^\| `([^`]+)` \| (\d+) \|", re.M)


def proved_sources():
    sources = set()
    for target in (ROOT / "proofs" / "targets").glob("*.target"):
        sources |= {line.split(":", 1)[1].strip() for line in target.read_text().splitlines() if line.startswith("source:")}
    return sources


def code_files():
    return sorted(str(p.relative_to(ROOT)) for folder in ("gen", "src") for p in (ROOT / folder).rglob("*.c")
                  if "templates" not in p.parts)


def code_lines(path):
    """Lines that are neither blank nor comment."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", (ROOT / path).read_text(), flags=re.S)
    return sum(1 for line in text.splitlines() if line.strip())


def has_functions(path):
    """False for a file of mere tables: there is nothing in it to prove."""
    return re.search(r"^\{", (ROOT / path).read_text(), flags=re.M) is not None


def port_functions():
    header = ROOT / "src" / "tls" / "crypto_port.h"
    text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S) if header.is_file() else ""
    return re.findall(r"\b(\w+)\([^;{}]*\);", text)


def main():
    ledger = LEDGER.read_text()
    files, proved = code_files(), proved_sources()
    unproved = [f for f in files if f not in proved and has_functions(f)]
    wrong, covered = [], set()
    for pattern, count in ROW.findall(ledger):
        matching = [f for f in unproved if fnmatch.fnmatch(f, pattern)]
        covered |= set(matching)
        lines = sum(code_lines(f) for f in matching)
        if "--fix" in sys.argv:
            ledger = ledger.replace(f"| `{pattern}` | {count} |", f"| `{pattern}` | {lines} |")
        elif lines != int(count) or not matching:
            wrong.append(f"ASSUMPTIONS.md: `{pattern}` is {lines} lines in {len(matching)} files, not {count} (--fix writes it)")
    if "--fix" in sys.argv:
        LEDGER.write_text(ledger)
    wrong += [f"{f}: neither proved nor in the ledger" for f in unproved if f not in covered]
    wrong += [f"crypto port: {name} is not in the ledger" for name in port_functions() if f"`{name}`" not in ledger]
    print("\n".join(wrong), end="\n" if wrong else "")
    print(f"{len(files)} files: {len(files) - len(unproved)} proved, {len(covered)} in the ledger")
    print(f"{len(files) - len(wrong) if len(files) > len(wrong) else 0} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
