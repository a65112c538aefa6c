"""Read spec/wire.spec into plain objects; every mistake is reported with the line it stands on."""
import re
from dataclasses import dataclass, field

FIELD_BYTES = {"word": 4, "half": 2, "reserved": 2}
FLAG_BITS = [1 << i for i in range(8)]
MESSAGE_MAX = 0x7f  # types above are reserved (RFC 5354, 4)
CAUSE_MAX = 0xffff
POLICY_MAX = 0xffffffff


class SpecError(Exception):
    """A line of the specification that cannot be understood, or that contradicts another."""


@dataclass
class Field:
    """A field of fixed size. `values` is what it may hold (None: anything, []: anything but 0)."""

    kind: str  # word, half, reserved
    name: str
    signed: bool = False
    values: list = None
    rejection: str = None

    @property
    def size(self):
        return FIELD_BYTES[self.kind]


@dataclass
class Entry:
    """A message or a parameter."""

    kind: str  # message, parameter
    number: int
    name: str
    title: str
    section: str
    line: int
    protocol: str = ""
    fields: list = field(default_factory=list)
    flags: list = field(default_factory=list)  # (bit, name, letter)
    value: tuple = None  # ("bytes",), ("address", 4), ("causes",), ("policy",)
    sequence: list = None  # tokens, None when there is no sequence

    @property
    def fixed(self):
        """Bytes of the fixed fields."""
        return sum(f.size for f in self.fields)

    @property
    def members(self):
        """Names of the parameters that the sequence names, each once, in order."""
        words = [t for t in self.sequence or [] if re.match(r"\w+$", t) and t != "none"]
        return list(dict.fromkeys(words))


@dataclass
class Policy:
    number: int
    name: str
    title: str
    section: str
    words: list = field(default_factory=list)


@dataclass
class Cause:
    number: int
    name: str
    title: str
    information: str
    section: str


@dataclass
class Rejection:
    number: int
    name: str
    cause: str  # name of an error cause, or "silent"
    expected: str


class Spec:
    """The whole file."""

    def __init__(self):
        self.parameters = []
        self.messages = []
        self.policies = []
        self.invalid_policies = []  # (number, section)
        self.causes = []
        self.rejections = []
        self.unknown = {"parameter": {}, "message": {}}  # "01" -> {"stop", "report"}
        self.protocols = []  # (name, title)

    def parameter(self, name):
        return next((p for p in self.parameters if p.name == name), None)

    def rejection(self, name):
        return next((r for r in self.rejections if r.name == name), None)

    def of(self, protocol):
        return [m for m in self.messages if m.protocol == protocol]


HEAD = re.compile(r'(message|parameter)\s+(0x[0-9a-f]+)\s+(\w+)\s+"([^"]+)"\s+\(([^)]+)\)$')
POLICY = re.compile(r'policy\s+(0x[0-9a-f]+)\s+(\w+)\s+"([^"]+)"\s+\(([^)]+)\)$')
INVALID = re.compile(r"policy\s+invalid\s+(0x[0-9a-f]+)\s+\(([^)]+)\)$")
CAUSE = re.compile(r'cause\s+(0x[0-9a-f]+)\s+(\w+)\s+"([^"]+)"\s+(none|parameter|message)\s+\(([^)]+)\)$')
REJECTION = re.compile(r'rejection\s+(\d+)\s+(\w+)\s+(\w+)\s+"([^"]+)"$')
PROTOCOL = re.compile(r'protocol\s+(\w+)\s+"([^"]+)"$')
UNKNOWN = re.compile(r"unknown\s+(parameter|message)\s+([01]{2})\s+(stop|skip|discard)(\s+report)?$")
FLAG = re.compile(r'flag\s+(0x[0-9a-f]+)\s+(\w+)\s+"(\w)"$')
WORD = re.compile(r"word\s+(\w+)(\s+signed)?$")
HALF = re.compile(r"half\s+(\w+)(?:\s+(nonzero|one of [0-9 ]+)\s+else\s+(\w+))?$")
VALUE = re.compile(r"(bytes|causes|policy|address (\d+))$")
TOKENS = re.compile(r"\s*(\w+|[(),|?*+])")


class Reader:
    """Takes the file line by line."""

    def __init__(self):
        self.spec = Spec()
        self.protocol = ""
        self.entry = None  # what indented lines belong to
        self.line = 0
        self.taken = {}  # (of which kind, number or name) -> (title, line)

    def claim(self, kind, value, title, shown):
        """Two of a kind must not have the same number or name."""
        if (kind, value) in self.taken:
            raise SpecError("{} is already {}, line {}".format(shown, *self.taken[kind, value]))
        self.taken[kind, value] = title, self.line

    def claim_both(self, kind, digits, name, title):
        self.claim((kind, "number"), int(digits, 0), title, f"{kind} {digits}")
        self.claim((kind, "name"), name, title, f"the name {name}")

    def take(self, number, line):
        self.line = number
        if line[0].isspace():
            self.take_inner(line.strip())
        else:
            self.take_outer(number, line.strip())

    def take_outer(self, number, line):
        self.entry = None
        for pattern, action in ((HEAD, self.head), (INVALID, self.invalid), (POLICY, self.policy),
                                (CAUSE, self.cause), (REJECTION, self.rejection),
                                (PROTOCOL, self.begin_protocol), (UNKNOWN, self.unknown)):
            match = pattern.match(line)
            if match:
                action(number, *match.groups())
                return
        raise SpecError(f"not understood: {line}")

    def head(self, line, kind, number, name, title, section):
        if kind == "message" and not self.protocol:
            raise SpecError("a message before any `protocol`")
        protocol = self.protocol if kind == "message" else ""
        self.claim_both(f"{protocol} {kind}".strip(), number, name, title)
        if kind == "message":
            within(number, MESSAGE_MAX)
        self.entry = Entry(kind, int(number, 16), name, title, section, line, protocol)
        (self.spec.messages if kind == "message" else self.spec.parameters).append(self.entry)

    def invalid(self, _line, number, section):
        self.claim(("policy", "number"), int(number, 16), "invalid", f"policy {number}")
        within(number, POLICY_MAX)
        self.spec.invalid_policies.append((int(number, 16), section))

    def policy(self, _line, number, name, title, section):
        self.claim_both("policy", number, name, title)
        within(number, POLICY_MAX)
        self.entry = Policy(int(number, 16), name, title, section)
        self.spec.policies.append(self.entry)

    def cause(self, _line, number, name, title, information, section):
        self.claim_both("cause", number, name, title)
        within(number, CAUSE_MAX)
        self.spec.causes.append(Cause(int(number, 16), name, title, information, section))

    def rejection(self, _line, number, name, cause, expected):
        if int(number) >= 0x100:
            raise SpecError("rejections from 0x100 on are made by the generator")
        if cause != "silent" and cause not in [c.name for c in self.spec.causes]:
            raise SpecError(f"no cause is named {cause}")
        self.claim_both("rejection", number, name, name)
        self.spec.rejections.append(Rejection(int(number), name, cause, expected))

    def begin_protocol(self, _line, name, title):
        self.claim("protocol", name, title, f"the name {name}")
        self.protocol = name
        self.spec.protocols.append((name, title))

    def unknown(self, _line, kind, bits, action, report):
        self.claim(f"unknown {kind}", bits, action, f"unknown {kind} {bits}")
        self.spec.unknown[kind][bits] = {action} | ({"report"} if report else set())

    def take_inner(self, line):
        if isinstance(self.entry, Policy):
            self.policy_word(line)
        elif isinstance(self.entry, Entry):
            self.entry_line(line)
        else:
            raise SpecError("an indented line that belongs to nothing")

    def claim_field(self, name):
        self.claim(("field", id(self.entry)), name, "a field here", f"the name {name}")

    def policy_word(self, line):
        match = WORD.match(line)
        if not match:
            raise SpecError(f"a policy holds `word NAME` lines only: {line}")
        self.claim_field(match.group(1))
        self.entry.words.append(match.group(1))

    def entry_line(self, line):
        if line.startswith("sequence "):
            self.claim(("sequence", id(self.entry)), "", "here", "`sequence`")
            self.entry.sequence = tokens(line[len("sequence "):])
        elif line == "reserved half":
            self.entry.fields.append(Field("reserved", "reserved"))
        elif FLAG.match(line):
            self.flag(*FLAG.match(line).groups())
        elif WORD.match(line):
            name, signed = WORD.match(line).groups()
            self.claim_field(name)
            self.entry.fields.append(Field("word", name, bool(signed)))
        elif HALF.match(line):
            self.claim_field(HALF.match(line).group(1))
            self.entry.fields.append(half(*HALF.match(line).groups()))
        elif VALUE.match(line):
            self.claim(("value", id(self.entry)), "", "here", "the value")
            value, size = VALUE.match(line).groups()
            self.entry.value = ("address", int(size)) if size else (value,)
        else:
            raise SpecError(f"not understood: {line}")

    def flag(self, bit, name, letter):
        if self.entry.kind != "message":
            raise SpecError("only messages have flags")
        if int(bit, 16) not in FLAG_BITS:
            raise SpecError(f"a flag is one bit, 0x01, 0x02, 0x04 ... or 0x80: {bit}")
        kind = ("flag", id(self.entry))
        self.claim(kind, int(bit, 16), name, f"flag {bit}")
        self.claim(kind, name, name, f"flag {name}")
        self.claim((kind, "letter"), letter, name, f'flag "{letter}"')
        self.entry.flags.append((int(bit, 16), name, letter))


def within(digits, largest):
    if int(digits, 16) > largest:
        raise SpecError(f"{digits} is more than {largest:#x}")


def half(name, check, rejection):
    values = None
    if check:
        values = [] if check == "nonzero" else [int(v) for v in check[len("one of "):].split()]
    return Field("half", name, False, values, rejection)


def tokens(text):
    found = TOKENS.findall(text)
    if "".join(found) != re.sub(r"\s", "", text):
        raise SpecError(f"a sequence has names and ( ) , | ? * + only: {text}")
    if found.count("(") != found.count(")"):
        raise SpecError(f"parentheses do not match: {text}")
    return found


def check(spec):
    """What one line alone does not show."""
    for entry in spec.parameters + spec.messages:
        for name in entry.members:
            if not spec.parameter(name):
                raise SpecError(f"line {entry.line}: {entry.title} names the parameter {name}, "
                                "which is nowhere described")
        for item in entry.fields:
            if item.rejection and not spec.rejection(item.rejection):
                raise SpecError(f"line {entry.line}: no rejection is named {item.rejection}")
        if entry.kind == "message" and entry.sequence is None:
            raise SpecError(f"line {entry.line}: {entry.title} has no `sequence`")
        if entry.fixed % 4:
            raise_unless_alone(entry)
    for kind in ("parameter", "message"):
        if sorted(spec.unknown[kind]) != ["00", "01", "10", "11"]:
            raise SpecError(f"`unknown {kind}` needs a line for each of 00 01 10 11")
    numbers = [p.number for p in spec.parameters]
    if numbers != list(range(1, len(numbers) + 1)):
        raise SpecError("parameter types are expected to be 1, 2, 3 ... without a gap")


def raise_unless_alone(entry):
    if entry.kind == "message" or entry.sequence is not None:
        raise SpecError(f"line {entry.line}: the fixed fields of {entry.title} end between two words")


def ascii_text(line):
    bad = next((i for i, byte in enumerate(line, 1) if byte > 0x7f), None)
    if bad:
        raise SpecError(f"byte {bad} of the line is not ASCII")
    return line.decode("ascii")


def read(path):
    reader = Reader()
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                text = ascii_text(line).split("#")[0].rstrip()
                if text:
                    reader.take(number, text)
            except SpecError as error:
                raise SpecError(f"{path}:{number}: {error}") from None
    try:
        check(reader.spec)
    except SpecError as error:
        raise SpecError(f"{path}: {error}") from None
    return reader.spec
