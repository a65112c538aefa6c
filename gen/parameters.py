"""What parameter_wire.{h,c} takes from the specification."""
import constants
import sequences
import spec

ACTIONS = {"00": 0, "01": 1, "10": 2, "11": 3}  # the two highest bits of a type


def cases(names, body):
    """`case NAME:` for each name, and the statements below them."""
    return [f"    case {name}:" for name in names] + [f"        {line}" for line in body]


def grouped(pairs):
    """(name, statements) pairs to cases, those with the same statements joined."""
    groups = {}
    for name, body in pairs:
        groups.setdefault(tuple(body), []).append(name)
    return "\n".join(line for body, names in groups.items() for line in cases(names, body))


def length_fits(source):
    """The ACSL predicate body: what length goes with what type."""
    rules = []
    for entry in source.parameters:
        size, exact = constants.length_rule(entry)
        relation = f"length == {size}" if exact else f"length >= {size}"
        rules.append(f"      (type == {constants.parameter(entry)} ==> {relation})")
    return " &&\n".join(rules)


def length_cases(source):
    pairs = []
    for entry in source.parameters:
        size, exact = constants.length_rule(entry)
        if exact or size > 4:
            pairs.append((constants.parameter(entry), [f"return length {'==' if exact else '>='} {size}u;"]))
    return grouped(pairs)


def cause_cases(source):
    """The causes of the rejections, but for invalid_values, which is the default."""
    return grouped((constants.rejection(r), [f"return {constants.cause(r.cause)};"])
                   for r in source.rejections if r.cause != "invalid_values")


def policy_cases(source):
    return grouped((constants.policy(p), [f"return {len(p.words)}u;"]) for p in source.policies)


def policy_invalid(source):
    return " || ".join(f"policy_type == 0x{number:08x}u" for number, _ in source.invalid_policies)


def message_actions(source):
    """Of an unknown message the rejection says both: that it is discarded, and whether it is reported."""
    pairs = []
    for bits, number in ACTIONS.items():
        action = source.unknown["message"][bits]
        if number < 2:
            name = "unknown_message_reported" if "report" in action else "unknown_message"
            pairs.append((f"{number}u", [f"rejection = {constants.rejection(source.rejection(name))};",
                                         "break;"]))
        elif action != {"discard"}:
            raise spec.SpecError(f"unknown message {bits} is reserved: it can only be discarded")
    return grouped(pairs)


def parameter_action(source, action):
    if "stop" in action:
        name = "unknown_parameter_reported" if "report" in action else "unknown_parameter"
        return [f"return wire_refuse(error, {constants.rejection(source.rejection(name))}, at, at, "
                "tlv->tlv.length);"]
    if "report" in action:
        return ["wire_report_unrecognized(unrecognized, &tlv->tlv);", "return true;"]
    return ["return true;"]


def parameter_actions(source):
    """`skip` without a report is the default."""
    pairs = ((f"{number}u", parameter_action(source, source.unknown["parameter"][bits]))
             for bits, number in ACTIONS.items())
    return grouped((name, body) for name, body in pairs if body != ["return true;"])


def transports(source):
    """The transports that have fields and addresses: all but the opaque one."""
    return [p for p in source.parameters if p.name.endswith("_transport") and p.sequence]


def sequence_cases(source, call):
    return grouped((constants.parameter(p), [f"return {sequences.machine(p)}_{call};"])
                   for p in transports(source))


def read_field(item, at, target, source="bytes"):
    """The statement that reads a field at byte `at` of the parameter at `at`."""
    get = f"wire_get_u{item.size * 8}({source} + at + {at}u)"
    return f"{target}{item.name} = {f'wire_signed({get})' if item.signed else get};"


def check_field(item, target):
    """The condition under which a field's value is refused."""
    value = f"{target}{item.name}"
    if not item.values:
        return f"{value} == 0u"
    return " && ".join(f"{value} != {v}u" for v in item.values)


def fields(entry, target, refuse):
    """Statements that read all fixed fields of an entry, then check them."""
    lines, checks, at = [], [], 4
    for item in entry.fields:
        if item.kind != "reserved":
            lines.append(read_field(item, at, target))
        if item.values is not None:
            checks += [f"if ({check_field(item, target)}) {{", f"    {refuse(item, at)}", "}"]
        at += item.size
    return lines + checks


def refuse_field(item, at):
    return (f"return wire_refuse(error, REJECT_{item.rejection.upper()}, at + {at}u, at, "
            "tlv->tlv.length);")


def transport_fields(source):
    return grouped((constants.parameter(p), fields(p, "out->", refuse_field) + ["return true;"])
                   for p in transports(source))


def put_fields(entry, target):
    """The statements that append the words of an entry."""
    lines = []
    for item in entry.fields:
        value = f"{target}{item.name}"
        value = f"wire_unsigned({value})" if item.signed else value
        lines.append(f"    position = wire_put_word(out, capacity, position, {value});")
    return "\n".join(lines)


def indented(lines):
    return "\n".join(f"    {line}" for line in lines)


def header_marks(source):
    return {"LENGTH_FITS": length_fits(source)}


def marks(source):
    element, server = source.parameter("pool_element"), source.parameter("server_information")
    return {
        "CAUSE_CASES": cause_cases(source),
        "POLICY_CASES": policy_cases(source),
        "POLICY_INVALID": policy_invalid(source),
        "LENGTH_CASES": length_cases(source),
        "MESSAGE_ACTIONS": message_actions(source),
        "PARAMETER_ACTIONS": parameter_actions(source),
        "TRANSPORT_FIXED": grouped((constants.parameter(p), [f"return {p.fixed}u;"])
                                   for p in transports(source)),
        "TRANSPORT_START": sequence_cases(source, "start()"),
        "TRANSPORT_STEP": sequence_cases(source, "step(state, symbol)"),
        "TRANSPORT_FINAL": sequence_cases(source, "final(state)"),
        "TRANSPORT_FIELDS": transport_fields(source),
        "POOL_ELEMENT_VALUE": f"{4 + element.fixed}u",
        "POOL_ELEMENT_FIELDS": indented(fields(element, "out->", refuse_field)),
        "POOL_ELEMENT_PUT": put_fields(element, "element->"),
        "SERVER_INFORMATION_VALUE": f"{4 + server.fixed}u",
        "SERVER_INFORMATION_FIELDS": indented(fields(server, "out->", refuse_field)),
        "SERVER_INFORMATION_PUT": put_fields(server, "server->"),
    }
