#!/usr/bin/env python3
"""Print a Ragel grammar as structured C that Frama-C WP accepts.

Ragel compiles and minimises a grammar (`ragel -x` writes the automaton as XML). The C that Ragel
itself prints is full of jumps, which WP refuses ("Non natural loop"); so this program reads the XML
and prints each machine of the grammar as tables and a few functions without loops or jumps that look
things up in them, with their contracts.

    emit_automaton.py GRAMMAR.rl --prefix gen/NAME [--text]
        writes gen/NAME.h, gen/NAME.c (functions), gen/NAME_tables.h and gen/NAME_tables.c (data)
    emit_automaton.py --g2 GRAMMAR.rl -o OUT.h
        wraps `ragel -G2` of the same grammar, for differential tests

What a machine M of the grammar becomes (states are renumbered from 1 in the order in which a
breadth-first walk meets them, the start first; 0 is "rejected", which no symbol leaves):

    uint8_t M_start(void)                              the state before the first symbol
    uint8_t M_step(uint8_t state, uint8_t symbol)      the state after a symbol, 0 when it is not allowed
    bool    M_final(uint8_t state)                     may the input end here?
    uint8_t M_action(uint8_t state, uint8_t symbol)    number of the action that the transition runs

What a grammar must keep to, each checked with a message that says so: `alphtype unsigned char`; at
most one action on a transition; no actions at the end of input, on errors, or on entering or leaving
a state; actions with empty bodies (what an action does is up to the caller of M_action); at most 254
states; no `include`. `--text` writes symbols as characters where it comments a table.

Why tables, and why in a file of their own: chains of comparisons prove too, but at about 17 goals a
state; a lookup is 11 goals for a machine of any size, provided that the prover does not see the
contents of the tables. So it does not, and the functions take the remainder of what they read by the
bound of their contract, which leaves every right entry as it is: the bound holds for any contents.

The meaning of what is printed is not taken on trust: the same grammar through `ragel -G2` runs
beside it in tests/unit/test_automata.c and fuzz/fuzz_automata.c.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import textwrap
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.abspath(__file__))
STATES_MAX = 254
REJECTED = 0


class GrammarError(Exception):
    """The grammar uses something that this program does not print."""


class Machine:
    """One compiled machine, its states renumbered.

    step[state] and action[state] are lists of (low, high, value), sorted, without overlaps, where
    value is the next state or the number of an action; what no range names is 0.
    """

    def __init__(self, name, actions, final, step, action):
        self.name = name
        self.actions = actions  # names; the number of actions[i] is i + 1
        self.final = final
        self.step = step
        self.action = action
        self.states = len(step) - 1

        self.classes, self.class_of = self.classify()

    @property
    def upper(self):
        return self.name.upper()

    def cell(self, table, state, symbol):
        for low, high, value in table[state]:
            if low <= symbol <= high:
                return value
        return 0

    def classify(self):
        """Symbols that no state tells apart share a class: a symbol for each, class of each symbol."""
        columns, class_of = {}, []
        for symbol in range(256):
            column = tuple((self.cell(self.step, s, symbol), self.cell(self.action, s, symbol))
                           for s in range(1, self.states + 1))
            columns.setdefault(column, (len(columns), symbol))
            class_of.append(columns[column][0])
        return [symbol for _, symbol in columns.values()], class_of


def run_ragel(arguments):
    done = subprocess.run(["ragel", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise GrammarError(done.stderr.strip() or "ragel failed")


def sections(source):
    """The Ragel sections of a grammar file, with the machine each belongs to, in their order."""
    found = []
    for body in re.findall(r"%%\{(.*?)\}%%", source, re.S):
        name = re.search(r"^\s*machine\s+(\w+)\s*;", body)
        if not name:
            raise GrammarError("a section does not begin with `machine NAME;`")
        found.append((name.group(1), body))
    if not found:
        raise GrammarError("no %%{ ... }%% section")
    return found


def check_bodies(source):
    for name, body in re.findall(r"\baction\s+(\w+)\s*\{([^}]*)\}", source):
        if body.strip():
            raise GrammarError(f"action {name} has a body: leave it empty, the caller acts")


def merged(ranges):
    """Sorted ranges, with neighbours of the same value joined."""
    result = []
    for low, high, value in sorted(ranges):
        if result and result[-1][1] + 1 == low and result[-1][2] == value:
            result[-1] = (result[-1][0], high, value)
        else:
            result.append((low, high, value))
    return result


def parse_transition(text, name, tables):
    """One <t>: symbol range, target, and the number of its action in the XML, or None."""
    low, high, target, table = text.split()
    action = None
    if table != "x":
        actions = tables[int(table)]
        if len(actions) != 1:
            raise GrammarError(f"machine {name}: a transition on {low}..{high} runs "
                               f"{len(actions)} actions, at most one is allowed")
        action = actions[0]
    if target == "x":
        raise GrammarError(f"machine {name}: an action on an error transition")
    return int(low), int(high), int(target), action


def read_states(node, name, tables):
    """State id -> (is final, transitions)."""
    states = {}
    for state in node.find("state_list"):
        if state.find("state_actions") is not None:
            raise GrammarError(f"machine {name}: an action at the end of input or on a state; "
                               "only transitions may have actions")
        if state.find("state_cond_list") is not None:
            raise GrammarError(f"machine {name}: conditions are not supported")
        transitions = [parse_transition(t.text, name, tables) for t in state.find("trans_list")]
        states[int(state.get("id"))] = (state.get("final") == "t", transitions)
    return states


def renumber(states, start, error):
    """Number states from 1 in breadth-first order; the error state, where there is one, is 0."""
    number = {start: 1}
    queue = [start]
    for state in queue:
        for _, _, target, _ in sorted(states[state][1]):
            if target not in number and target != error:
                number[target] = len(number) + 1
                queue.append(target)
    if error is not None:
        number[error] = REJECTED
    return number, queue


def read_machine(definition):
    name = definition.get("name")
    if definition.findtext("alphtype") != "uchar":
        raise GrammarError(f"machine {name}: needs `alphtype unsigned char;`")
    node = definition.find("machine")
    if len(node.find("entry_points")) != 1:
        raise GrammarError(f"machine {name}: more than one entry point")
    listed = sorted(node.find("action_list"), key=lambda a: (int(a.get("line")), int(a.get("col"))))
    names = [action.get("name") for action in listed]
    if None in names:
        raise GrammarError(f"machine {name}: an action without a name")
    number_of_action = {int(action.get("id")): i + 1 for i, action in enumerate(listed)}
    tables = {int(table.get("id")): [int(i) for i in table.text.split()]
              for table in node.find("action_table_list")}
    states = read_states(node, name, tables)
    error = node.findtext("error_state")
    number, order = renumber(states, int(node.findtext("start_state")),
                             None if error is None else int(error))
    if len(order) > STATES_MAX:
        raise GrammarError(f"machine {name}: {len(order)} states, at most {STATES_MAX} fit")
    step, action, final = [[]], [[]], []
    for old in order:
        is_final, transitions = states[old]
        if is_final:
            final.append(number[old])
        step.append(merged((l, h, number[t]) for l, h, t, _ in transitions if number[t]))
        action.append(merged((l, h, number_of_action[a]) for l, h, _, a in transitions
                             if a is not None))
    return Machine(name, names, final, step, action)


def compile_grammar(path):
    """All machines of a grammar, in the order in which the file names them."""
    with open(path, encoding="ascii") as file:
        source = file.read()
    check_bodies(source)
    with tempfile.TemporaryDirectory() as folder:
        xml = os.path.join(folder, "automaton.xml")
        run_ragel(["-x", path, "-o", xml])
        definitions = ET.parse(xml).getroot().findall("ragel_def")
    machines = {m.name: m for m in map(read_machine, definitions)}
    order = []
    for name, _ in sections(source):
        if name in machines and name not in order:
            order.append(name)
    return source, [machines[name] for name in order]


# --- Printing C -------------------------------------------------------------------------------

def symbol_text(value, text):
    if text and value in (0x09, 0x0A):
        return {0x09: "tab", 0x0A: "newline"}[value]
    if text and 0x21 <= value <= 0x7E:
        return f"'{chr(value)}'"
    return f"0x{value:02x}" if text else str(value)


def describe(machine, state, text):
    """The transitions of a state in words, as a comment above its row."""
    parts = []
    for low, high, target in machine.step[state]:
        symbols = symbol_text(low, text)
        if high != low:
            symbols += ".." + symbol_text(high, text)
        parts.append(f"{symbols} to {target}")
    end = ", may end" if state in machine.final else ""
    words = f"state {state}{end}: " + ("; ".join(parts) or "nothing may follow")
    return textwrap.wrap(words.replace("*/", "* /").replace("/*", "/ *"), 88,
                         initial_indent="    /* ", subsequent_indent="       ")


def sixteen_a_line(values):
    return ["    " + ", ".join(map(str, values[i:i + 16])) + "," for i in range(0, 256, 16)]


def numbers(values, indent):
    return textwrap.wrap(", ".join(map(str, values)), 98, initial_indent=indent,
                         subsequent_indent=indent)


def row(machine, table, state):
    cells = [machine.cell(table, state, symbol) if state else 0 for symbol in machine.classes]
    lines = numbers(cells, "     ")
    lines[0] = "    {" + lines[0][5:]
    lines[-1] += "},"
    return lines


def table_declarations(machine):
    name, upper = machine.name, machine.upper
    lines = [f"#define {upper}_CLASSES {len(machine.classes)}u",
             f"extern const uint8_t {name}_class[256];",
             f"extern const uint8_t {name}_next[{upper}_STATES + 1u][{upper}_CLASSES];"]
    if machine.actions:
        lines.append(f"extern const uint8_t {name}_run[{upper}_STATES + 1u][{upper}_CLASSES];")
    return lines + [f"extern const uint8_t {name}_end[256];", ""]


def table_definitions(machine, text):
    name, upper = machine.name, machine.upper
    lines = [f"const uint8_t {name}_class[256] = {{"] + sixteen_a_line(machine.class_of) + ["};", ""]
    lines += [f"const uint8_t {name}_next[{upper}_STATES + 1u][{upper}_CLASSES] = {{",
              "    /* rejected */"] + row(machine, machine.step, 0)
    for state in range(1, machine.states + 1):
        comment = describe(machine, state, text)
        comment[-1] += " */"
        lines += comment + row(machine, machine.step, state)
    lines += ["};", ""]
    if machine.actions:
        lines.append(f"const uint8_t {name}_run[{upper}_STATES + 1u][{upper}_CLASSES] = {{")
        for state in range(machine.states + 1):
            lines += row(machine, machine.action, state)
        lines += ["};", ""]
    ends = [1 if state in machine.final else 0 for state in range(256)]
    return lines + [f"const uint8_t {name}_end[256] = {{"] + sixteen_a_line(ends) + ["};", ""]


def clauses(*lines):
    return ["/*@ terminates \\true;", "    exits \\false;", *(f"    {line};" for line in lines), "*/"]


def lookup_contract(machine, bound):
    return clauses("assigns \\nothing", f"ensures bounded: \\result <= {bound}",
                   f"ensures outside: !(1 <= state <= {machine.upper}_STATES) ==> \\result == 0")


def action_enum(machine):
    lines = [f"enum {machine.name}_action {{", f"    {machine.upper}_NO_ACTION = 0,"]
    lines += [f"    {machine.upper}_{action.upper()} = {number},"
              for number, action in enumerate(machine.actions, 1)]
    lines[-1] = lines[-1].rstrip(",")
    return lines + ["};", f"#define {machine.upper}_ACTIONS {len(machine.actions)}u", ""]


def machine_header(machine):
    name, upper = machine.name, machine.upper
    lines = [f"/* --- {name} --- */", "", f"#define {upper}_STATES {machine.states}u", ""]
    if machine.actions:
        lines += action_enum(machine)
    lines += ["/* The state before the first symbol. */",
              *clauses("assigns \\nothing", f"ensures bounded: 1 <= \\result <= {upper}_STATES"),
              f"uint8_t {name}_start(void);", "",
              "/* The state after `symbol`; 0 when it may not stand there, or `state` is none. */",
              *lookup_contract(machine, f"{upper}_STATES"),
              f"uint8_t {name}_step(uint8_t state, uint8_t symbol);", ""]
    if machine.actions:
        lines += [f"/* What `symbol` means in `state`: an enum {name}_action. */",
                  *lookup_contract(machine, f"{upper}_ACTIONS"),
                  f"uint8_t {name}_action(uint8_t state, uint8_t symbol);", ""]
    lines += ["/* May the input end in `state`? */",
              *clauses("assigns \\nothing"),
              f"bool {name}_final(uint8_t state);", ""]
    return lines


def lookup_function(machine, function, table, bound):
    name, upper = machine.name, machine.upper
    return [f"uint8_t {name}_{function}(uint8_t state, uint8_t symbol)", "{",
            f"    if (state == 0u || state > {upper}_STATES) {{", "        return 0u;", "    }",
            f"    const uint32_t column = {name}_class[symbol] % {upper}_CLASSES;",
            f"    const uint8_t entry = {name}_{table}[state][column];",
            f"    return (uint8_t)(entry % ({bound} + 1u));", "}", ""]


def machine_source(machine):
    name, upper = machine.name, machine.upper
    lines = [f"uint8_t {name}_start(void)", "{", "    return 1u;", "}", ""]
    lines += lookup_function(machine, "step", "next", f"{upper}_STATES")
    if machine.actions:
        lines += lookup_function(machine, "action", "run", f"{upper}_ACTIONS")
    return lines + [f"bool {name}_final(uint8_t state)", "{",
                    f"    return {name}_end[state] != 0u;", "}", ""]


def formatted(lines):
    """As clang-format lays out C by the project's rules; tables keep their own layout."""
    done = subprocess.run(["clang-format", f"--assume-filename={os.path.join(HERE, 'automaton.c')}"],
                          input="\n".join(lines) + "\n", capture_output=True, text=True)
    if done.returncode != 0:
        raise GrammarError(f"clang-format failed: {done.stderr.strip()}")
    return done.stdout


def guarded(guard, body):
    return [f"#ifndef {guard}", f"#define {guard}", "", *body, "#endif"]


def print_files(grammar, prefix, machines, text):
    """Contents by path of the four files."""
    base = os.path.basename(prefix)
    guard = f"POOLPROOF_GEN_{base.upper()}"
    origin = f"Generated by gen/emit_automaton.py from {grammar}: edit that, then `make gen`."
    header = [f"/* The automata of {grammar}: which symbols may follow one another.", " *",
              " * A machine M is walked with M_start, M_step for each symbol, and M_final at the end; state 0",
              " * means rejected, and stays. No memory, no side effects. What the tables mean is checked against",
              " * Ragel's own code for the same grammar in tests/unit/test_automata.c.", " *",
              f" * {origin} */",
              *guarded(f"{guard}_H", ["#include <stdbool.h>", "#include <stdint.h>", "",
                                      *(line for m in machines for line in machine_header(m))])]
    source = [f"/* Walking the automata of {grammar}; contracts in {base}.h.", " *",
              " * The remainders below change no entry of a right table: they make the bounds of the contracts",
              " * hold whatever the tables contain, which the prover does not look at.", " *",
              f" * {origin} */",
              f'#include "{base}_tables.h"', "",
              *(line for m in machines for line in machine_source(m))]
    declared = [line for m in machines for line in table_declarations(m)]
    tables_header = [f"/* The tables behind {base}.h, not for use by others: class of a symbol; next state and",
                     " * number of the action to run, by state and class; may the input end in a state.", " *",
                     f" * {origin} */", *guarded(f"{guard}_TABLES_H", [f'#include "{base}.h"', "", *declared])]
    tables = [f"/* The tables of the automata of {grammar}; see {base}_tables.h.", " *",
              f" * {origin} */",
              f'#include "{base}_tables.h"', "",
              *(line for m in machines for line in table_definitions(m, text))]
    return {f"{prefix}.h": formatted(header), f"{prefix}.c": formatted(source),
            f"{prefix}_tables.h": formatted(tables_header),
            f"{prefix}_tables.c": "\n".join(tables).rstrip("\n") + "\n"}


def emit(path, prefix, text=False):
    """Contents by path of what the grammar at `path` becomes under `prefix`."""
    _, machines = compile_grammar(path)
    grammar = f"{os.path.basename(os.path.dirname(os.path.abspath(path)))}/{os.path.basename(path)}"
    return print_files(grammar, prefix, machines, text)


# --- Ragel's own code, for comparison ---------------------------------------------------------

def traced(source, machine):
    """The grammar's sections, with actions that write their number into a trace."""
    number = {name: i for i, name in enumerate(machine.actions, 1)}

    def body(match):
        return f"action {match.group(1)} {{ trace[p - bytes] = {number.get(match.group(1), 0)}; }}"

    parts = [text for name, text in sections(source) if name == machine.name]
    return "\n".join("%%{" + re.sub(r"\baction\s+(\w+)\s*\{[^}]*\}", body, part) + "}%%"
                     for part in parts)


def g2_machine(source, machine):
    name = machine.name
    return f"""{traced(source, machine)}
%%{{ machine {name}; write data noerror noentry; }}%%

/* Runs {name} over bytes[0 .. length); trace[i] becomes the action that byte i ran, or 0.
   Returns how many bytes were taken before the first that was rejected. */
static inline uint32_t {name}_g2_run(const uint8_t *bytes, uint32_t length, uint8_t *trace, bool *accepted)
{{
    const uint8_t *p = bytes;
    const uint8_t *const pe = bytes + length;
    int cs = {name}_start_g2;

    for (uint32_t i = 0; i < length; i++)
        trace[i] = 0;
%%{{ machine {name}; write exec; }}%%
    *accepted = p == pe && cs >= {name}_first_final;
    return (uint32_t)(p - bytes);
}}
"""


def g2_lists(base, machines):
    """Macros that name every machine of the grammar, so that a test cannot forget one."""
    def listed(suffix, chosen):
        calls = [f"X({machine.name})" for machine in chosen]
        return f"#define {base.upper()}_G2_{suffix}(X) " + " \\\n    ".join(calls)
    return [listed("WITH_ACTIONS", [m for m in machines if m.actions]),
            listed("PLAIN", [m for m in machines if not m.actions])]


def g2_header(path):
    source, machines = compile_grammar(path)
    with tempfile.TemporaryDirectory() as folder:
        grammar, output = os.path.join(folder, "g2.rl"), os.path.join(folder, "g2.h")
        parts = []
        for machine in machines:
            with open(grammar, "w", encoding="ascii") as file:
                file.write(g2_machine(source, machine))
            run_ragel(["-G2", "-L", grammar, "-o", output])
            with open(output, encoding="ascii") as file:
                # Ragel names the start state M_start, which is a function here.
                code = re.sub(r"/\* #line .*? \*/\n", "", file.read())
            parts.append(re.sub(rf"\b{machine.name}_start\b(?!_)", f"{machine.name}_start_g2", code))
    base = os.path.splitext(os.path.basename(path))[0]
    guard = f"POOLPROOF_{base.upper()}_G2_H"
    return "\n".join(["/* Ragel's own code (-G2) for the same grammar; made for differential tests. */",
                      *guarded(guard, ["#pragma GCC system_header", "#include <stdbool.h>",
                                       "#include <stdint.h>", *g2_lists(base, machines),
                                       *parts]), ""])


def main():
    parser = argparse.ArgumentParser(description="Print a Ragel grammar as C for Frama-C WP.")
    parser.add_argument("grammar", metavar="GRAMMAR.rl")
    parser.add_argument("--prefix", help="write PREFIX.h, PREFIX.c, PREFIX_tables.h, PREFIX_tables.c")
    parser.add_argument("--text", action="store_true", help="symbols are characters (for comments)")
    parser.add_argument("--g2", action="store_true", help="wrap `ragel -G2` instead")
    parser.add_argument("-o", metavar="FILE", dest="output", help="where --g2 writes")
    arguments = parser.parse_args()
    if arguments.g2 != (arguments.output is not None) or arguments.g2 == (arguments.prefix is not None):
        parser.error("give either --prefix, or --g2 and -o")
    try:
        if arguments.g2:
            files = {arguments.output: g2_header(arguments.grammar)}
        else:
            files = emit(arguments.grammar, arguments.prefix, arguments.text)
    except (GrammarError, OSError) as error:
        sys.exit(f"{arguments.grammar}: {error}")
    for path, contents in files.items():
        with open(path, "w", encoding="ascii") as file:
            file.write(contents)


if __name__ == "__main__":
    main()
