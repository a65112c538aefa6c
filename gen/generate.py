#!/usr/bin/env python3
"""Write gen/ from spec/wire.spec: decoders, encoders, names, Ragel grammars, dictionaries, tables; and a manual page.

    generate.py [--spec FILE] [--out FOLDER] [--manual FOLDER]

The C that does not depend on the specification stands in gen/templates/ and reads as C; what does is
put in at its @@MARKS@@. The result depends on nothing but the specification, the templates and the
tools' versions: running it twice changes no byte.
"""
import argparse
import os
import re
import subprocess
import sys

import constants
import documents
import messages
import parameters
import sequences
import spec

HERE = os.path.dirname(os.path.abspath(__file__))
MANUAL_PAGE = "poolproof-messages.7"


def fill(template, marks):
    """The template with each @@MARK@@ replaced; a mark without text, or text without mark, is an error."""
    with open(os.path.join(HERE, "templates", template), encoding="ascii") as file:
        text = file.read()
    used = set(re.findall(r"@@(\w+)@@", text))
    if used != set(marks):
        raise SystemExit(f"gen/templates/{template}: marks differ: {sorted(used ^ set(marks))}")
    return re.sub(r"@@(\w+)@@", lambda match: marks[match.group(1)], text)


def outputs(source):
    """File name -> contents, of everything but what the automaton emitter writes."""
    files = {
        "wire_constants.h": constants.header(source),
        "parameter_wire.h": fill("parameter_wire.h", parameters.header_marks(source)),
        "parameter_wire.c": fill("parameter_wire.c", parameters.marks(source)),
        "wire_names.h": fill("wire_names.h", {}),
        "wire_names.c": fill("wire_names.c", constants.names_marks(source)),
        "sequences.rl": sequences.grammar(source),
        "messages.md": documents.tables(source),
    }
    for name, title in source.protocols:
        marks = messages.marks(source, name, title)
        files[f"{name}_wire.h"] = fill("message_wire.h", marks["h"])
        files[f"{name}_wire.c"] = fill("message_wire.c", marks["c"])
        files[f"{name}.dict"] = documents.dictionary(source, name)
    return files


def formatted(name, text):
    """C as clang-format lays it out; other files as they are."""
    if not name.endswith((".h", ".c")):
        return text
    done = subprocess.run(["clang-format", f"--assume-filename={os.path.join(HERE, name)}"],
                          input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"clang-format failed on {name}: {done.stderr.strip()}")
    return done.stdout


def write(folder, name, text):
    """Write a file unless it already holds the text, so that nothing is compiled again for nothing."""
    path = os.path.join(folder, name)
    if os.path.exists(path):
        with open(path, encoding="ascii") as file:
            if file.read() == text:
                return
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def emit_automata(folder):
    """Have the grammars compiled and printed as C (gen/emit_automaton.py)."""
    command = [sys.executable, os.path.join(HERE, "emit_automaton.py"), "sequences.rl",
               "--prefix", "sequences"]
    if subprocess.run(command, cwd=folder, check=False).returncode != 0:
        raise SystemExit("gen/emit_automaton.py failed on sequences.rl")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--spec", default=os.path.join(HERE, "..", "spec", "wire.spec"))
    parser.add_argument("--out", default=HERE)
    parser.add_argument("--manual", default=os.path.join(HERE, "..", "man"))
    options = parser.parse_args()
    try:
        source = spec.read(options.spec)
    except (spec.SpecError, OSError) as error:
        raise SystemExit(f"generate.py: {error}")
    for name, text in outputs(source).items():
        write(options.out, name, formatted(name, text))
    write(options.manual, MANUAL_PAGE, documents.manual(source))
    emit_automata(options.out)


if __name__ == "__main__":
    main()
