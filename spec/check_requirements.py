#!/usr/bin/env python3
"""Check the requirement trace spec/requirements.txt and print what is covered.

Each block of the file is one requirement of an RFC: id, rfc (number and section), level, text (in our words), status, and
  covered   with code, test and perhaps contract references, each 'FILE:NAME', where NAME must stand in FILE as a word;
  open      with the issue that would bring it;
  excepted  with the reason.
Exit status 1 when a block is incomplete, an id is used twice or a reference dangles. The last line is 'N passed, N failed'.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "spec" / "requirements.txt"
LEVELS = {"MUST", "MUST NOT", "SHALL", "SHOULD", "SHOULD NOT", "MAY"}
NEEDS = {"covered": ("code", "test"), "open": ("issue",), "excepted": ("reason",)}
FIELDS = {"id", "rfc", "level", "text", "status", "code", "contract", "test", "issue", "reason"}
texts = {}


def blocks():
    """Yield (line number, {field: [values]}) for each block."""
    block, start = {}, 0
    for number, line in enumerate(FILE.read_text().splitlines() + [""], 1):
        if line.startswith("#"):
            continue
        if not line.strip():
            if block:
                yield start, block
            block = {}
            continue
        field, colon, value = line.partition(":")
        start = start if block else number
        block.setdefault(field.strip() if colon else "?" + line, []).append(value.strip())


def dangling(reference):
    """Why a 'FILE:NAME' reference does not hold, or None."""
    path, _, name = reference.partition(":")
    if path not in texts:
        file = ROOT / path
        texts[path] = file.read_text(errors="replace") if file.is_file() else None
    if texts[path] is None:
        return f"no file {path}"
    if not name or not re.search(rf"\b{re.escape(name)}\b", texts[path]):
        return f"no '{name}' in {path}"
    return None


def faults(block, seen):
    found = [f"unknown field '{field}'" for field in block if field not in FIELDS]
    for field in ("id", "rfc", "level", "text", "status"):
        if len(block.get(field, [])) != 1 or not block[field][0]:
            found.append(f"needs one '{field}'")
    if found:
        return found
    if block["id"][0] in seen:
        found.append("id used twice")
    if block["level"][0] not in LEVELS:
        found.append(f"unknown level {block['level'][0]}")
    status = block["status"][0]
    if status not in NEEDS:
        return found + [f"unknown status {status}"]
    found += [f"{status} needs '{field}'" for field in NEEDS[status] if not block.get(field)]
    for field in ("code", "contract", "test"):
        found += [f"{field}: {why}" for why in map(dangling, block.get(field, [])) if why]
    return found


def main():
    counts, seen, failed = {status: 0 for status in NEEDS}, set(), 0
    contracts = 0
    for line, block in blocks():
        wrong = faults(block, seen)
        name = block.get("id", ["?"])[0]
        seen.add(name)
        for fault in wrong:
            print(f"spec/requirements.txt:{line}: {name}: {fault}")
        if wrong:
            failed += 1
            continue
        counts[block["status"][0]] += 1
        contracts += bool(block.get("contract"))
        if block["status"][0] != "covered" and "-v" in sys.argv:
            print(f"{block['status'][0]}: {name}: {(block.get('issue') or block.get('reason'))[0]}")
    print(f"requirements: {counts['covered']} covered ({contracts} with a named contract), "
          f"{counts['open']} open, {counts['excepted']} excepted")
    print(f"{sum(counts.values())} passed, {failed} failed")
    return 1 if failed or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
