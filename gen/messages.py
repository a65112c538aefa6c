"""What asap_wire.{h,c} and enrp_wire.{h,c} take from the specification.

KEEPS says of each parameter that a message can hold what the message structure keeps of it: members of
the structure, the predicate that they lie inside the message, and statements: `take` fills them from a
TLV (at: its offset), `put` encodes them again, inside `if (message->has_...)`.
"""
import os

import constants
import parameters
import sequences

HERE = os.path.dirname(os.path.abspath(__file__))


def span(name, comment):
    """A parameter of which the bytes of the value are kept."""
    return {
        "struct": [f"struct wire_span {name}; /* {comment} */"],
        "inside": [f"wire_inside(m->{name}.offset, m->{name}.length, m->length)"],
        "take": [f"message->has_{name} = 1u;",
                 f"message->{name}.offset = at + WIRE_HEADER;",
                 f"message->{name}.length = tlv->tlv.length - WIRE_HEADER;", "return true;"],
        "put": [f"position = wire_put_parameter(out, capacity, position, PARAMETER_{name.upper()},",
                f"                              source + message->{name}.offset, "
                f"message->{name}.length);"],
    }


def number(name, bits):
    """A parameter that is one number."""
    return {
        "struct": [f"uint{bits}_t {name};"],
        "inside": [],
        "take": [f"message->has_{name} = 1u;",
                 f"message->{name} = wire_get_u{bits}(bytes + at + WIRE_HEADER);", "return true;"],
        "put": [f"position = wire_put_{name}(out, capacity, position, message->{name});"],
    }


def repeated(name, iterator):
    """A parameter that may stand several times: the first is kept, the others by an iterator."""
    return {
        "struct": [f"struct wire_{name} {name}; /* the first */",
                   f"struct wire_iterator {iterator}; /* all: wire_{name}_next */"],
        "inside": [f"wire_{name}_inside(&m->{name}, m->length)",
                   f"wire_iterator_inside(&m->{iterator}, m->length)"],
        "take": [f"return take_{name}(bytes, end, tlv, message, error);"],
        "put": [f"position = wire_copy_{iterator}(out, capacity, position, source, message->length,",
                f"                                &message->{iterator});"],
        "iterator": iterator,
    }


KEEPS = {
    "pool_handle": span("pool_handle", "its bytes"),
    "cookie": span("cookie", "its bytes"),
    "operation_error": {
        **span("operation_error", "its causes: wire_iterate, wire_cause_next"),
        "take": ["message->has_operation_error = 1u;",
                 "message->operation_error.offset = at + WIRE_HEADER;",
                 "message->operation_error.length = tlv->tlv.length - WIRE_HEADER;",
                 "return wire_causes_check(bytes, end, tlv, error);"],
    },
    "pe_identifier": number("pe_identifier", 32),
    "pe_checksum": number("pe_checksum", 16),
    "policy": {
        "struct": ["struct wire_policy policy;"],
        "inside": ["wire_policy_inside(&m->policy, m->length)"],
        "take": ["message->has_policy = 1u;",
                 "return wire_policy_decode(bytes, end, tlv, &message->policy, error);"],
        "put": ["position = wire_copy_policy(out, capacity, position, source, message->length,",
                "                            &message->policy);"],
    },
    "pool_element": repeated("pool_element", "pool_elements"),
    "server_information": repeated("server_information", "servers"),
    "transport": repeated("transport", "transports"),
}

TAKE_CONTRACT = r""" requires \valid(message) && \valid(error) && \valid_read(tlv);
    requires \valid_read(bytes + (0 .. end - 1));
    requires \separated(message, error, tlv, bytes + (0 .. end - 1));
    requires wire_tlv_inside(tlv, tlv->tlv.offset, end);
    requires wire_length_fits(tlv->type, tlv->tlv.length);
    terminates \true;
    assigns *message, *error;
    ensures rejected: !\result ==> wire_error_inside(error, end);
"""

TAKE = """
/* @TITLE@: the first is kept, the others are checked; the iterator covers them all. */
/*@@CONTRACT@*/
static bool take_@ONE@(const uint8_t *bytes, uint32_t end, const struct wire_tlv *tlv,
@PAD@struct @NAME@_message *message, struct wire_error *error)
{
    struct wire_@ONE@ other;
    message->@ITERATOR@.end = tlv->next;
    if (message->has_@ONE@ != 0u) {
        return wire_@ONE@_decode(bytes, end, @AT@, &other, &message->unrecognized, error);
    }
    message->has_@ONE@ = 1u;
    message->@ITERATOR@.next = tlv->tlv.offset;
    return wire_@ONE@_decode(bytes, end, @AT@, &message->@ONE@, &message->unrecognized, error);
}
"""

TAKE_ENTRY = """
/* A parameter of a pool entry: checked; the iterator covers them all. */
/*@@CONTRACT@*/
static bool take_pool_entry(const uint8_t *bytes, uint32_t end, const struct wire_tlv *tlv,
                            struct @NAME@_message *message, struct wire_error *error)
{
    struct wire_pool_element element;
    if (message->pool_entries.end == 0u) {
        message->pool_entries.next = tlv->tlv.offset;
    }
    message->pool_entries.end = tlv->next;
    if (tlv->type == PARAMETER_POOL_HANDLE) {
        return true;
    }
    return wire_pool_element_decode(bytes, end, tlv->tlv.offset, &element, &message->unrecognized, error);
}
"""

GROWN = "    /*@ assert grown: wire_grown(capacity, \\at(position, Pre), position); */"

ENTRIES = ["(", "pool_handle", ",", "pool_element", "+", ")", "*"]


def snippet(name):
    with open(os.path.join(HERE, "templates", name), encoding="ascii") as file:
        return file.read()


def kept(name):
    """The entry of KEEPS that a parameter falls under: all transports are one."""
    return "transport" if name.endswith("_transport") else name


def of_entries(entry):
    """Is it a message of pool entries: pool handles, each with its elements?"""
    return entry.sequence == ENTRIES


class Protocol:
    """One protocol's messages, and the C that is made of them."""

    def __init__(self, source, name, title):
        self.source = source
        self.name = name
        self.title = title
        self.entries = source.of(name)
        self.plain = [e for e in self.entries if not of_entries(e)]
        self.pooled = [e for e in self.entries if of_entries(e)]

    def names(self):
        """What the messages keep, each once, in an order that suits every sequence."""
        after = {}  # name -> names that stand before it somewhere
        for entry in self.plain:
            found = list(dict.fromkeys(kept(name) for name in entry.members))
            for place, name in enumerate(found):
                after.setdefault(name, set()).update(found[:place])
        order = []
        while len(order) < len(after):
            order.append(next(n for n in after if n not in order and after[n] <= set(order)))
        return order

    def fields(self):
        """The fixed fields of all messages, each once."""
        found = {f.name: f for e in self.entries for f in e.fields if f.kind != "reserved"}
        return list(found.values())

    def fill(self, text, **marks):
        marks = {"NAME": self.name, **marks}
        for mark, value in marks.items():
            text = text.replace(f"@{mark}@", value)
        return text

    def by_type(self, body):
        """Cases over the message types; body gives the statements for one, or none."""
        pairs = [(constants.message(e), body(e)) for e in self.entries]
        return parameters.grouped((name, lines) for name, lines in pairs if lines)

    def struct(self):
        lines = [f"    uint{f.size * 8}_t {f.name};" for f in self.fields()]
        for name in self.names():
            lines.append(f"    uint8_t has_{name};")
            lines += [f"    {line}" for line in KEEPS[name]["struct"]]
        if self.pooled:
            lines.append("    struct wire_iterator pool_entries; /* all: enrp_pool_entry_next */")
        return "\n".join(lines)

    def inside(self):
        lines = [line for name in self.names() for line in KEEPS[name]["inside"]]
        if self.pooled:
            lines.append("wire_iterator_inside(&m->pool_entries, m->length)")
        return "\n".join(f"      {line} &&" for line in lines)

    def valid(self):
        """The predicate's run-time twin: the same terms, asked of wire_*_valid."""
        lines = [line for name in self.names() for line in KEEPS[name]["inside"]]
        if self.pooled:
            lines.append("wire_iterator_inside(&m->pool_entries, m->length)")
        lines.append("wire_unrecognized_inside(&m->unrecognized, m->length)")
        calls = [line.replace("wire_inside(", "wire_span_valid(").replace("_inside(", "_valid(")
                 for line in lines]
        return " &&\n           ".join(calls)

    def contract(self):
        return self.fill(TAKE_CONTRACT)

    def take(self, name):
        at = "tlv" if name == "transport" else "tlv->tlv.offset"
        title = {"transport": "A transport"}.get(name) or f"A {self.source.parameter(name).title}"
        return self.fill(TAKE, ONE=name, ITERATOR=KEEPS[name]["iterator"], AT=at, TITLE=title,
                         PAD=" " * len(f"static bool take_{name}("), CONTRACT=self.contract())

    def takes(self):
        text = "".join(self.take(name) for name in self.names() if "iterator" in KEEPS[name])
        if self.pooled:
            text += self.fill(TAKE_ENTRY, CONTRACT=self.contract())
        return text

    def take_cases(self):
        members = dict.fromkeys(name for e in self.plain for name in e.members)
        return parameters.grouped((constants.parameter(self.source.parameter(name)),
                                   KEEPS[kept(name)]["take"]) for name in members)

    def take_entries(self):
        """In the loop over the parameters: messages of pool entries are taken apart from the others."""
        lines = []
        for entry in self.pooled:
            lines += [f"        if (type == {constants.message(entry)}) {{",
                      "            if (!take_pool_entry(bytes, end, &tlv, message, error)) {",
                      "                return false;", "            }", "            continue;", "        }"]
        return "".join(f"{line}\n" for line in lines)

    def read(self, entry):
        def refuse(item, at):
            return (f"return wire_refuse(error, REJECT_{item.rejection.upper()}, at + {at}u, 0u, end);")
        lines = parameters.fields(entry, "message->", refuse)
        return lines + ["return true;"] if lines else []

    def put(self, entry):
        """The statements that append a message's fixed fields: words, and halves in pairs."""
        lines, fields = [], list(entry.fields)
        while fields:
            item = fields.pop(0)
            if item.kind == "word":
                lines.append(f"position = wire_put_word(out, capacity, position, message->{item.name});")
            else:
                values = [half_value(item), half_value(fields.pop(0))]
                lines.append(f"position = wire_put_halves(out, capacity, position, {', '.join(values)});")
        return lines[:-1] + [lines[-1].replace("position =", "return", 1)] if lines else []

    def put_parameters(self):
        lines = []
        for name in self.names():
            lines += [f"    if (message->has_{name} != 0u) {{"]
            lines += [f"        {line}" for line in KEEPS[name]["put"]] + ["    }", GROWN]
        for entry in self.pooled:
            lines += [f"    if (message->type == {constants.message(entry)}) {{",
                      "        position = put_pool_entries(message, source, message->length, out, "
                      "capacity, position);", "    }"]
        return "\n".join(lines)

    def sequence(self, call):
        return self.by_type(lambda e: [f"return {sequences.machine(e)}_{call};"])

    def fixed_ensures(self):
        lines = [f"    ensures {e.name}: type == {constants.message(e)} ==> \\result == {e.fixed};\n"
                 for e in self.entries if e.fixed]
        return "".join(lines)

    def fixed_fit(self):
        """What read_fields promises: the message is long enough for its fixed fields."""
        rules = [f"(type == {constants.message(e)} ==> {4 + e.fixed} <= end)"
                 for e in self.entries if e.fixed]
        return " && ".join(rules)

    def common(self):
        return {"TITLE": self.title, "NAME": self.name,
                "RFC": self.entries[0].section.split(",")[0]}

    def header(self):
        return {**self.common(), "UPPER": self.name.upper(), "STRUCT": self.struct(),
                "INSIDE": self.inside(), "EXTRA": snippet("pool_entry.h") if self.pooled else ""}

    def body(self):
        return {
            **self.common(), "UPPER": self.name.upper(),
            "FIXED_ENSURES": self.fixed_ensures(),
            "FIXED_CASES": self.by_type(lambda e: [f"return {e.fixed}u;"] if e.fixed else []),
            "START_CASES": self.sequence("start()"),
            "STEP_CASES": self.sequence("step(state, symbol)"),
            "FINAL_CASES": self.sequence("final(state)"),
            "VALID": self.valid(), "FIXED_FIT": self.fixed_fit(),
            "READ_CASES": self.by_type(self.read),
            "TAKES": self.takes(), "TAKE_CONTRACT": self.contract(),
            "TAKE_ENTRIES": self.take_entries(), "TAKE_CASES": self.take_cases(),
            "PUT_CASES": self.by_type(self.put),
            "PUTS": snippet("pool_entry.c") + snippet("put_pool_entries.c") if self.pooled else "",
            "PUT_PARAMETERS": self.put_parameters(),
        }


def half_value(item):
    return "0u" if item.kind == "reserved" else f"message->{item.name}"


def marks(source, name, title):
    protocol = Protocol(source, name, title)
    return {"h": protocol.header(), "c": protocol.body()}
