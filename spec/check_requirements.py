#!/usr/bin/env python3
"""Check the requirement trace spec/requirements.txt and print what is covered, and what is not and why.

Usage: spec/check_requirements.py [ROOT]      ROOT: another tree, for the test of this program

Each block of the file is one requirement of an RFC: id, rfc (number and section), level, text (in our words), status, and
  covered   with code, test and perhaps contract references, each 'FILE:NAME', and perhaps how it deviates (deviation);
  open      with the issue that would bring it, its number or in words;
  excepted  with the reason.
A reference holds when the file defines what it names; that the word occurs is not enough:
  code      a function with its body, an enumerator, a macro or a struct
  contract  a clause 'ensures NAME:' or 'behavior NAME:' of a contract
  test      in C 'static void NAME(void **state)'; in a script the whole title of a check as it is written there
            (shell: the first argument of check, the last of contains; Python: the second of check or ok)
Exit status 1 when a block is incomplete, an id is used twice or a reference dangles. The last line is 'N passed, N failed'.
"""

import ast
import re
import sys
from functools import lru_cache
from pathlib import Path

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
FILE = ROOT / "spec" / "requirements.txt"
LEVELS = {"MUST", "MUST NOT", "SHALL", "SHOULD", "SHOULD NOT", "MAY"}
NEEDS = {"covered": ("code", "test"), "open": ("issue",), "excepted": ("reason",)}
FIELDS = {"id", "rfc", "level", "text", "status", "code", "contract", "test", "issue", "reason", "deviation"}
ENUM = re.compile(r"\benum\b[^;{}()]*\{([^{}]*)\}")
QUOTED = r'"(?:[^"\\]|\\.)*"|\'[^\']*\''


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


@lru_cache(maxsize=None)
def text_of(path):
    file = ROOT / path
    return file.read_text(errors="replace") if file.is_file() else None


@lru_cache(maxsize=None)
def c_code(path):
    """The text of a C file without comments and without what its strings and characters say."""
    token = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', re.S)
    return token.sub(lambda m: " " if m.group().startswith("/") else '""', text_of(path))


@lru_cache(maxsize=None)
def enumerators(path):
    return {item.partition("=")[0].strip() for body in ENUM.findall(c_code(path)) for item in body.split(",")}


def defines(path, name):
    """Whether a C file has the function, macro, struct or enumerator."""
    word = re.escape(name)
    forms = (rf"^[A-Za-z_][\w \t\n*]*\b{word}\s*\([^;{{}}]*\)\s*\{{",
             rf"^[ \t]*#[ \t]*define[ \t]+{word}\b",
             rf"\b(?:struct|union|enum)\s+{word}\s*\{{")
    return any(re.search(form, c_code(path), re.M) for form in forms) or name in enumerators(path)


@lru_cache(maxsize=None)
def shell_titles(path):
    lines = [line for line in text_of(path).replace("\\\n", " ").splitlines() if not line.lstrip().startswith("#")]
    found = [m.group(1) for line in lines for m in re.finditer(rf"(?<![\w.-])check\s+({QUOTED})(?=\s|$)", line)]
    ends = [re.match(rf".*(?<=\s)({QUOTED})\s*$", line) for line in lines if re.match(r"\s*contains\s", line)]
    return {title[1:-1] for title in found + [m.group(1) for m in ends if m]}


@lru_cache(maxsize=None)
def python_titles(path):
    calls = [node for node in ast.walk(ast.parse(text_of(path))) if isinstance(node, ast.Call) and len(node.args) > 1]
    names = [(getattr(call.func, "attr", getattr(call.func, "id", "")), call.args[1]) for call in calls]
    titles = {ast.get_source_segment(text_of(path), title) for name, title in names if name in ("check", "ok")}
    return {title.lstrip("f")[1:-1] for title in titles if re.fullmatch(rf"f?(?:{QUOTED})", title)}


def tests(path, name):
    """Whether a file has the test: a cmocka function, or a check of that whole title."""
    if path.endswith(".c"):
        return re.search(rf"^static void {re.escape(name)}\(void \*\*state\)\s*\{{", c_code(path), re.M)
    python = text_of(path).partition("\n")[0].endswith("python3")
    return name in (python_titles(path) if python else shell_titles(path))


def ensures(path, name):
    clauses = re.findall(r"/\*@.*?\*/", text_of(path), re.S)
    return any(re.search(rf"\b(?:ensures|behavior)\s+{re.escape(name)}\s*:", clause) for clause in clauses)


HOLDS = {"code": (defines, "defines no function, enumerator, macro or struct"),
         "contract": (ensures, "has no clause 'ensures' and no behavior named"),
         "test": (tests, "has no test function, or check with the whole title,")}


def dangling(field, reference):
    """Why a 'FILE:NAME' reference does not hold, or None."""
    path, _, name = reference.partition(":")
    if text_of(path) is None:
        return f"no file {path}"
    if not name:
        return f"'{reference}' needs a name: FILE:NAME"
    if field != "test" and not path.endswith((".c", ".h")):
        return f"{path} is not a C file"
    holds, complaint = HOLDS[field]
    return None if holds(path, name) else f"{path} {complaint} '{name}'"


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
    found += [f"{status} needs '{field}'" for field in NEEDS[status] if not any(block.get(field, []))]
    for field in HOLDS:
        found += [f"{field}: {why}" for why in (dangling(field, r) for r in block.get(field, [])) if why]
    return found


def tell(block):
    """One line for what is not covered, or is covered with a deviation."""
    status = block["status"][0]
    why = block.get("deviation", [""])[0] if status == "covered" else block[NEEDS[status][0]][0]
    why = f"issue {why}" if why.isdigit() else why
    if why:
        said = {"covered": "deviates"}.get(status, status)
        print(f"{said}: {block['id'][0]} ({block['rfc'][0]}, {block['level'][0]}): {block['text'][0]} | {why}")


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
        tell(block)
    print(f"requirements: {counts['covered']} covered ({contracts} with a named contract), "
          f"{counts['open']} open, {counts['excepted']} excepted")
    print(f"{sum(counts.values())} passed, {failed} failed")
    return 1 if failed or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
