#!/usr/bin/env python3
"""Prove every target of proofs/targets/ with Frama-C WP, and report.

A target passes when, in a run without any cache, every goal of its sources is proved, every smoke test passes,
every function of its sources has goals and a proved `terminates`, no callee lacks a contract, no memory-model
hypothesis is left outside the contracts, no axiom or admit is used, the goal count reaches the floor, every
named theorem is among the proved goals, and every mutant breaks the proof that the unmutated source passes.

Usage: prove.py [--jobs N] [--no-mutants] [--verbose] [--targets DIR] [--report DIR] [NAME...]
Exit status: 0 all targets that were tried hold, 1 some do not or none was tried, 2 a target file is wrong or a tool is missing.
"""

import argparse
import concurrent.futures
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INCLUDES = ["src/core", "gen", "src/tls"]
# Passes of one run, each for the goals that those before it left: (provers, steps, seconds a goal). CVC4 alone settles most goals
# in a few steps, smoke tests included, and nearly all of the rest in some more. CVC4 stands in why3.conf twice: the one unfolds
# macros, the other ("plain") does not, and is for the few goals on which unfolding gets lost, which no step counts; the limits of
# wall time are for those. What then is left, all provers race for, with limits that leave room. A race costs: with it as the
# third pass, after a second of 100,000 steps, three sources took twice the time.
STEPS, TIMEOUT = 1000000, 120
PASSES = [("cvc4", 30000, 10), ("cvc4", 300000, 10), ("cvc4-plain", 300000, 10), ("cvc4,z3,cvc4-plain", STEPS, TIMEOUT)]
# A mutant is dead when a goal is left open by all provers in a race of its own, with the steps of the last pass: what is merely
# harder to prove is proved there, as the unmutated function might be. The time limit is this many times what the slowest goal
# that may fall took in the unmutated function, but not less than so many seconds.
MUTANT_PATIENCE, MUTANT_SECONDS = 4, 10
MINOR_HEAP = ROOT / "build" / "minor_heap.cmxs"
WP_FLAGS = [
    "-load-module", str(MINOR_HEAP),
    "-machdep", "x86_64", "-wp", "-wp-rte", "-warn-unsigned-overflow", "-warn-unsigned-downcast",
    "-warn-signed-downcast", "-warn-left-shift-negative", "-wp-cache", "none", "-wp-par", "2",
    "-wp-no-ground",  # settles no goal here that the provers do not, and cost up to a third of Frama-C's own time
]
FORBIDDEN = re.compile(r"\b(axiom|admit|assumes_unchecked)\b")

GOAL = re.compile(r"\[wp\] \[([^\]]+)\] Goal (\S+) : Valid(.*)")
PROVER_TIME = re.compile(r" \((?:(\d+)')?([\d.]+)(ms|s)\)")
OPEN_GOAL = re.compile(r"\[wp\] \[[^\]]+\] Goal (\S+)(?: : (?!Valid)|$)", re.M)  # of several provers the verdicts follow below
SMOKE = re.compile(r"\[wp\] \[(Passed|Failed)\] Smoke-test (\S+)")
SUMMARY = re.compile(r"\[wp\] Proved goals:\s+(\d+) / (\d+)")


verbose = False
timeout = TIMEOUT
deadline = float("inf")  # of the whole run, by time.monotonic(): nothing is begun after it


class TargetError(Exception):
    """A target file that cannot be used, with its name and line."""


class OutOfTime(Exception):
    """The budget of the whole run is spent."""


class Mutant:
    def __init__(self, title, path, function, breaks=None):
        self.title, self.path, self.function, self.breaks = title, path, function, breaks
        self.old, self.new = [], []

    def apply(self):
        text = (ROOT / self.path).read_text()
        old, new = "\n".join(self.old), "\n".join(self.new)
        if text.count(old) != 1:
            raise TargetError(f"mutant '{self.title}': its text occurs {text.count(old)} times in {self.path}, not once")
        return text.replace(old, new)


class Target:
    def __init__(self, path):
        self.name, self.path = path.stem, path
        self.claim, self.floor = "", 0
        self.sources, self.theorems, self.not_proved, self.mutants = [], [], [], []
        for number, line in enumerate(path.read_text().splitlines(), 1):
            self._read(number, line)
        if not self.claim or not self.sources or self.floor <= 0 or not self.mutants:
            raise TargetError(f"{path}: a target needs a claim, a source, a floor above 0 and a mutant")
        for mutant in self.mutants:
            if mutant.path.endswith(".c") and mutant.path not in self.sources:
                raise TargetError(f"{path}: mutant '{mutant.title}': {mutant.path} is not a source of this target")

    def _read(self, number, line):
        if not line.strip() or line.startswith("#"):
            return
        if line[:2] in ("- ", "+ ") or line in ("-", "+"):
            if not self.mutants:
                raise TargetError(f"{self.path}:{number}: replacement text before any mutant line")
            (self.mutants[-1].old if line[0] == "-" else self.mutants[-1].new).append(line[2:])
            return
        key, colon, value = line.partition(":")
        value = value.strip()
        if not colon or not value:
            raise TargetError(f"{self.path}:{number}: expected 'key: value'")
        self._set(number, key.strip(), value)

    def _set(self, number, key, value):
        if key == "claim":
            self.claim = (self.claim + " " + value).strip()
        elif key == "floor":
            self.floor = int(value)
        elif key == "source":
            if not (ROOT / value).is_file():
                raise TargetError(f"{self.path}:{number}: no file {value}")
            self.sources.append(value)
        elif key == "theorem":
            name, _, function = (part.strip() for part in value.partition("="))
            self.theorems.append((name, function))
        elif key == "not proved":
            self.not_proved.append(value)
        elif key == "mutant":
            parts = [part.strip() for part in value.split("|")]
            if len(parts) not in (3, 4):
                raise TargetError(f"{self.path}:{number}: a mutant is 'title | file | function | clause'; the clause may be left out")
            self.mutants.append(Mutant(*parts))
        else:
            raise TargetError(f"{self.path}:{number}: unknown key '{key}'")


def defined_functions(source):
    """Names of the functions whose body opens in column 0 of the file."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", (ROOT / source).read_text(), flags=re.S)
    heads = re.findall(r"^[A-Za-z_][^;{}=#]*?\b(\w+)\s*\([^;{}]*\)\s*\n\{", text, flags=re.M)
    return sorted(set(heads))


def pass_options(provers, steps, seconds, before=()):
    """The options of one pass. A list of provers adds to that of the pass before it, so what was there `before` is taken out."""
    now = provers.split(",")
    changes = [f"-{prover}" for prover in before if prover not in now] + [prover for prover in now if prover not in before]
    return ([f"-wp-prover={','.join(changes)}"] if changes else []) + ["-wp-steps", str(steps), "-wp-timeout", str(seconds)]


def last_pass(seconds):
    return (*PASSES[-1][:2], seconds)


def run_wp(source, extra, passes, function=None, clause=None, include_first=None, until_open=False):
    """Run WP on one file, or on one function of it, or on one clause there: (exit status, output, whether it was ended early).

    With `until_open` the run is ended at the first goal that is left open.
    """
    includes = ([include_first] if include_first else []) + [str(Path(source).parent)] + INCLUDES
    only = (["-wp-fct", function] if function else []) + (["-wp-prop", clause] if clause else [])
    cpp = " ".join(f"-I{path}" for path in includes)
    command = ["frama-c", f"-cpp-extra-args={cpp}", *WP_FLAGS, *extra, *pass_options(*passes[0]), *only, str(source)]
    for before, later in zip(passes, passes[1:]):
        command += ["-then", "-wp", "-wp-no-smoke-tests", *pass_options(*later, before[0].split(",")), *only]
    said = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          start_new_session=True) as process:
        for line in process.stdout:
            said.append(line)
            if until_open and OPEN_GOAL.search(line):
                os.killpg(process.pid, signal.SIGKILL)
                return 0, "".join(said), True
    return process.returncode, "".join(said), False


def prover_seconds(text):
    """What a goal took the prover, from the end of its line: 0 when Qed settled it."""
    found = PROVER_TIME.search(text)
    if not found:
        return 0.0
    minutes, amount, unit = found.groups()
    return 60.0 * int(minutes or 0) + float(amount) * (0.001 if unit == "ms" else 1.0)


def read_goals(output):
    """Of each goal that was proved: (prover, seconds)."""
    goals = {}
    for line in output.splitlines():
        found = GOAL.search(line)
        if found:
            goals[found[2]] = (found[1], prover_seconds(found[3]))
    return goals


def read_problems(output):
    problems = []
    for line in output.splitlines():
        if "missing-spec" in line or "Neither code nor" in line or "No code nor implicit assigns" in line:
            problems.append("callee without contract: " + line.strip())
        if "Memory model hypotheses" in line:
            problems.append("hypotheses left outside the contract: " + line.strip())
        if "Missing assigns" in line or "missing loop" in line.lower():
            problems.append("incomplete annotation: " + line.strip())
    return problems


def read_output(returncode, output, ended_early):
    """What one WP run said, as a dictionary: the first pass counts the goals, all prove them."""
    proved = read_goals(output)
    summary = SUMMARY.search(output)
    smoke = SMOKE.findall(output)
    problems = read_problems(output)
    if returncode != 0 or not (summary or ended_early):
        problems.insert(0, "frama-c failed: " + " / ".join(output.strip().splitlines()[-3:]))
    by_prover = {}
    for prover, _ in proved.values():
        by_prover[prover] = by_prover.get(prover, 0) + 1
    return {
        "proved": len(proved),
        "goals": int(summary.group(2)) - len(smoke) if summary else 0,
        "by_prover": by_prover,
        "names": proved,
        "open": sorted(set(OPEN_GOAL.findall(output)) - set(proved)),
        "smoke_passed": sum(1 for kind, _ in smoke if kind == "Passed"),
        "smoke_failed": [name for kind, name in smoke if kind == "Failed"],
        "problems": problems,
    }


def check_functions(source, names):
    problems = []
    for function in defined_functions(source):
        if not any(re.search(rf"(^|_){re.escape(function)}_", name) for name in names):
            problems.append(f"{source}: function {function} has no goal")
        elif not any(name.endswith(f"{function}_terminates") or f"{function}_terminates" in name for name in names):
            problems.append(f"{source}: function {function} has no proved 'terminates'")
    return problems


def prove_source(source):
    result = read_output(*run_wp(source, ["-wp-smoke-tests"], [*PASSES[:-1], last_pass(timeout)]))
    result["problems"] += check_functions(source, result["names"])
    text = (ROOT / source).read_text()
    header = (ROOT / source).with_suffix(".h")
    text += header.read_text() if header.is_file() else ""
    annotations = "\n".join(re.findall(r"/\*@.*?\*/|//@[^\n]*", text, flags=re.S))
    for word in FORBIDDEN.findall(annotations):
        result["problems"].append(f"{source}: '{word}' in an annotation")
    return result


def goals_of(function, names):
    return [name for name in names if f"_{function}_" in name]


def limit_for(mutant, goals):
    """Seconds for a goal of the mutant: as the goals of the clause that must fall took, or all, when none bears its name."""
    tried = [spent for name, (_, spent) in goals.items() if mutant.breaks and mutant.breaks.lstrip("@") in name]
    return max(MUTANT_SECONDS, round(MUTANT_PATIENCE * max(tried or [spent for _, spent in goals.values()])))


def try_mutant(target, mutant, proofs):
    """None when the mutant is killed, or why it is not. `proofs` are the runs of the target's sources."""
    compiled = mutant.path if mutant.path.endswith(".c") else target.sources[0]
    proved = proofs[target.sources.index(compiled)].result()
    goals = {name: proved["names"][name] for name in goals_of(mutant.function, proved["names"])}
    if not goals or goals_of(mutant.function, proved["open"]):
        return f"mutant '{mutant.title}': the unmutated {mutant.function} is not proved"
    seconds = limit_for(mutant, goals)
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder) / Path(mutant.path).name
        copy.write_text(mutant.apply())
        source = copy if mutant.path.endswith(".c") else _with_header(folder, compiled)
        status, output, ended_early = run_wp(source, [], [last_pass(seconds)], mutant.function, mutant.breaks, folder, until_open=True)
    if "No goal generated" in output:
        return f"mutant '{mutant.title}': {mutant.function} has no goal named {mutant.breaks}"
    result = read_output(status, output, ended_early)
    if any(problem.startswith("frama-c failed") for problem in result["problems"]):
        return f"mutant '{mutant.title}' does not parse: {result['problems'][0]}"
    return None if result["open"] else f"mutant '{mutant.title}' survives"


def _with_header(folder, source):
    """A copy of the source beside the mutated header, so that the header is found first."""
    copy = Path(folder) / Path(source).name
    copy.write_text((ROOT / source).read_text())
    return copy


def merge(target, results, mutant_results, seconds):
    report = {
        "target": target.name, "claim": target.claim, "sources": target.sources, "not_proved": target.not_proved,
        "goals": sum(r["goals"] for r in results), "proved": sum(r["proved"] for r in results),
        "by_prover": {}, "smoke_tests": sum(r["smoke_passed"] + len(r["smoke_failed"]) for r in results),
        "floor": target.floor, "theorems": [f"{n} ({f})" for n, f in target.theorems],
        "mutants": len(target.mutants), "mutants_killed": sum(1 for r in mutant_results if r is None),
        "seconds": round(seconds, 1), "problems": [],
    }
    for result in results:
        for prover, count in result["by_prover"].items():
            report["by_prover"][prover] = report["by_prover"].get(prover, 0) + count
        report["problems"] += [f"open goal {name}" for name in result["open"]]
        report["problems"] += [f"failed smoke test {name}" for name in result["smoke_failed"]]
        report["problems"] += result["problems"]
    if report["proved"] != report["goals"] and not any("open goal" in p for p in report["problems"]):
        report["problems"].append(f"{report['goals'] - report['proved']} open goals")
    if report["goals"] < target.floor:
        report["problems"].append(f"{report['goals']} goals, below the floor of {target.floor}")
    names = [name for result in results for name in result["names"]]
    for theorem, function in target.theorems:
        if not any(function in name and theorem in name for name in names):
            report["problems"].append(f"theorem {theorem} of {function} is not among the proved goals")
    report["problems"] += [reason for reason in mutant_results if reason]
    report["holds"] = not report["problems"]
    return report


def print_target(report):
    state = "holds" if report["holds"] else "OPEN "
    print(f"{state}  {report['target']:<28} {report['proved']:>5}/{report['goals']:<5} goals  "
          f"{report['smoke_tests']:>4} smoke  {report['mutants_killed']}/{report['mutants']} mutants  "
          f"{report['seconds']:>6.1f} s", flush=True)
    for problem in report["problems"][:40]:
        print(f"       {problem}", flush=True)


def tool_versions():
    def first_line(*command):
        try:
            out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
            return out.strip().splitlines()[0]
        except (OSError, IndexError):
            raise TargetError(f"{command[0]} does not run: make deps")
    return {"frama-c": first_line("frama-c", "-version"), "why3": first_line("why3", "--version"),
            "cvc4": first_line("cvc4", "--version"), "z3": first_line("z3", "--version")}


def prepare_why3():
    """The Why3 configuration of the project's own: a user's is neither read nor rewritten."""
    os.environ["WHY3CONFIG"] = str(ROOT / "proofs" / "why3.conf")


def prepare_minor_heap():
    """Compile what gives Frama-C a larger minor heap (proofs/minor_heap.ml)."""
    text = (ROOT / "proofs" / "minor_heap.ml").read_text()
    source = MINOR_HEAP.with_suffix(".ml")
    if MINOR_HEAP.is_file() and source.read_text() == text:
        return
    source.write_text(text)
    subprocess.run(["ocamlopt", "-shared", "-o", str(MINOR_HEAP), str(source)], check=True)


def write_report(folder, versions, reports, seconds):
    folder.mkdir(parents=True, exist_ok=True)
    whole = {"tools": versions, "steps": STEPS, "timeout_seconds": timeout, "seconds": round(seconds, 1), "targets": reports}
    (folder / "proof-report.json").write_text(json.dumps(whole, indent=1) + "\n")
    lines = [f"{name}: {version}" for name, version in versions.items()] + [""]
    for r in reports:
        provers = ", ".join(f"{p} {c}" for p, c in sorted(r["by_prover"].items()))
        lines += [f"{r['target']}: {'holds' if r['holds'] else 'OPEN'}", f"  claim: {r['claim']}",
                  f"  goals: {r['proved']}/{r['goals']} (floor {r['floor']}; {provers}), smoke tests {r['smoke_tests']}, "
                  f"mutants killed {r['mutants_killed']}/{r['mutants']}, {r['seconds']} s"]
        lines += [f"  theorem: {t}" for t in r["theorems"]] + [f"  not proved: {n}" for n in r["not_proved"]]
        lines += [f"  problem: {p}" for p in r["problems"]] + [""]
    (folder / "proof-report.txt").write_text("\n".join(lines))


def prove_all(targets, jobs, with_mutants):
    """Run every source and mutant of every target on `jobs` workers; yield reports in target order, none when out of time."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        work, by_size = {}, sorted(targets, key=lambda t: -t.floor)
        for target in by_size:  # every source before any mutant: mutants wait for the proof of what they were made from
            started = []
            work[target.name] = (started, [pool.submit(timed, started, prove_source, s) for s in target.sources], [])
        for target in by_size if with_mutants else []:
            started, proofs, mutants = work[target.name]
            mutants += [pool.submit(timed, started, try_mutant, target, mutant, proofs, after=proofs) for mutant in target.mutants]
        for target in targets:
            spent, proofs, mutants = work[target.name]
            results, killed = in_time(proofs), in_time(mutants)
            late = len(results) + len(killed) < len(proofs) + len(mutants)
            if late and not any(faults(result) for result in results) and not any(killed):
                print(f"skipped {target.name}: the time given to the whole run was over before it was tried to the end", flush=True)
                continue
            if not with_mutants:
                target.mutants = []
            report = merge(target, results, killed, sum(spent))
            print_target(report)
            yield report


def in_time(futures):
    """The results of those that were begun before the time of the whole run was over."""
    return [future.result() for future in futures if not isinstance(future.exception(), OutOfTime)]


def faults(result):
    return result["open"] + result["smoke_failed"] + result["problems"]


def timed(spent, function, *arguments, after=()):
    """Call a function and add the seconds it took to `spent`; the wait for the futures `after` is none of them."""
    concurrent.futures.wait(after)
    start = time.monotonic()
    if start > deadline:
        raise OutOfTime()
    result = function(*arguments)
    spent.append(time.monotonic() - start)
    if function is prove_source:
        print(f"       {arguments[0]}: {result['proved']}/{result['goals']} goals, {spent[-1]:.0f} s", flush=True)
    elif verbose:
        print(f"       {arguments[0].name}: mutant '{arguments[1].title}' {'lives' if result else 'dead'}, {spent[-1]:.0f} s", flush=True)
    return result


def read_targets(folder, names):
    """The named targets of the folder, or all of them, with mutants whose text is there: that is told at once, not after the proofs."""
    paths = {path.stem: path for path in sorted(folder.glob("*.target"))}
    unknown = set(names) - set(paths)
    if unknown:
        raise TargetError(f"no target {', '.join(sorted(unknown))} in {folder}")
    targets = [Target(path) for name, path in paths.items() if not names or name in names]
    for mutant in (mutant for target in targets for mutant in target.mutants):
        mutant.apply()
    return targets


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="targets to prove; all when none is named")
    parser.add_argument("--verbose", action="store_true", help="a line for each mutant that is done, too, not for each source alone")
    parser.add_argument("--jobs", type=int, default=(os.cpu_count() or 1) + 2,
                        help="runs of Frama-C at once; by default two more than cores, for each waits for its provers at times")
    parser.add_argument("--timeout", type=int, default=TIMEOUT, help="seconds of wall time that a prover has for a goal in the last pass")
    parser.add_argument("--budget", type=int, metavar="SECONDS",
                        help="begin nothing after that many seconds: targets not tried to the end then are skipped, and named")
    parser.add_argument("--no-mutants", action="store_true")
    parser.add_argument("--tap", action="store_true", help="close with a line 'N passed, N failed' (a target is a test)")
    parser.add_argument("--targets", type=Path, default=ROOT / "proofs" / "targets")
    parser.add_argument("--report", type=Path, default=ROOT / "build")
    options = parser.parse_args()
    global verbose, timeout, deadline
    verbose, timeout = options.verbose, options.timeout
    start = time.monotonic()
    if options.budget is not None:
        deadline = start + options.budget
    try:
        prepare_why3()
        prepare_minor_heap()
        versions = tool_versions()
        targets = read_targets(options.targets, options.names)
        reports = list(prove_all(targets, options.jobs, not options.no_mutants))
    except (TargetError, OSError, subprocess.CalledProcessError) as error:
        print(f"prove: {error}", file=sys.stderr)
        return 2
    write_report(options.report, versions, reports, time.monotonic() - start)
    good = sum(1 for r in reports if r["holds"])
    print(f"{sum(r['proved'] for r in reports)}/{sum(r['goals'] for r in reports)} goals, "
          f"{sum(r['mutants_killed'] for r in reports)}/{sum(r['mutants'] for r in reports)} mutants killed, "
          f"{good}/{len(targets)} targets hold, {time.monotonic() - start:.0f} s")
    if options.tap:
        print(f"{good} passed, {len(reports) - good} failed, {len(targets) - len(reports)} skipped")
    return 0 if reports and good == len(reports) else 1


if __name__ == "__main__":
    sys.exit(main())
