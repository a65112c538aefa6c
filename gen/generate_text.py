#!/usr/bin/env python3
"""Generate gen/text_*.{h,c} from the text grammars in spec/*.rl.

    generate_text.py            writes the files
    generate_text.py --check    writes nothing; exit 1 and a line for each file that would change

For what a grammar becomes see emit_automaton.py.
"""
import glob
import os
import sys

import emit_automaton

HERE = os.path.dirname(os.path.abspath(__file__))
SPEC = os.path.join(os.path.dirname(HERE), "spec")


def generated():
    """Contents by path of all files of all text grammars."""
    files = {}
    for grammar in sorted(glob.glob(os.path.join(SPEC, "*.rl"))):
        name = os.path.splitext(os.path.basename(grammar))[0]
        files.update(emit_automaton.emit(grammar, os.path.join(HERE, f"text_{name}"), text=True))
    return files


def read(path):
    if not os.path.exists(path):
        return None
    with open(path, encoding="ascii") as file:
        return file.read()


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    try:
        files = generated()
    except emit_automaton.GrammarError as error:
        sys.exit(f"spec: {error}")
    changed = [path for path, contents in files.items() if read(path) != contents]
    if sys.argv[1:]:
        for path in changed:
            print(f"{os.path.relpath(path)}: not what its grammar in spec/ generates")
        sys.exit(1 if changed else 0)
    for path in changed:
        with open(path, "w", encoding="ascii") as file:
            file.write(files[path])


if __name__ == "__main__":
    main()
