#!/usr/bin/env python3
"""A name server for one small zone on 127.0.0.1, over UDP and TCP: dns_server.py ZONE_FILE PORT [tcp].

With "tcp" it sends everybody who asks by UDP to TCP, as it would have to with a long answer.

The file has one record a line, with absolute names, as ldns-signzone writes it. It is read again for each question, so that a test
can change the zone, or tamper with it. Signatures and proofs of absence are served as far as the file has them.
"""

import base64
import socket
import struct
import sys
import threading
import time

TYPES = {"A": 1, "NS": 2, "SOA": 6, "AAAA": 28, "SRV": 33, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48}
NXDOMAIN, REFUSED = 3, 5


def name(text):
    labels = [label.encode() for label in text.lower().rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def moment(text):
    return int(time.mktime(time.strptime(text, "%Y%m%d%H%M%S"))) - time.timezone if len(text) == 14 else int(text)


def bitmap(types):
    numbers = sorted(TYPES[t] for t in types if t in TYPES)
    bits = bytearray(max(numbers) // 8 + 1)
    for number in numbers:
        bits[number // 8] |= 0x80 >> number % 8
    return bytes([0, len(bits)]) + bytes(bits)


def data(kind, f):
    if kind == "A":
        return socket.inet_pton(socket.AF_INET, f[0])
    if kind == "AAAA":
        return socket.inet_pton(socket.AF_INET6, f[0])
    if kind == "NS":
        return name(f[0])
    if kind == "SOA":
        return name(f[0]) + name(f[1]) + struct.pack(">5I", *map(int, f[2:7]))
    if kind == "SRV":
        return struct.pack(">3H", *map(int, f[:3])) + name(f[3])
    if kind == "DNSKEY":
        return struct.pack(">HBB", *map(int, f[:3])) + base64.b64decode("".join(f[3:]))
    if kind == "NSEC":
        return name(f[0]) + bitmap(f[1:])
    return (struct.pack(">HBBIIIH", TYPES[f[0]], int(f[1]), int(f[2]), int(f[3]), moment(f[4]), moment(f[5]), int(f[6]))
            + name(f[7]) + base64.b64decode("".join(f[8:])))


def zone(path):
    """(owner, type, the type that a signature covers or None, ttl, data) of each record."""
    records = []
    with open(path, encoding="ascii") as file:
        for line in file:
            f = line.split(";")[0].split()
            if len(f) > 4 and f[3] in TYPES:
                covered = f[4] if f[3] == "RRSIG" else None
                records.append((f[0].lower(), f[3], covered, int(f[1]), data(f[3], f[4:])))
    return records


def answer(query, path):
    end = query.index(b"\0", 12)
    labels, at = [], 12
    while at < end:
        labels.append(query[at + 1:at + 1 + query[at]].decode("ascii", "replace").lower())
        at += 1 + query[at]
    wanted = ".".join(labels) + "."
    kind = {number: text for text, number in TYPES.items()}.get(struct.unpack(">H", query[end + 1:end + 3])[0], "?")
    question = query[12:end + 5]
    records = zone(path)
    origin = next(owner for owner, kind_, _, _, _ in records if kind_ == "SOA")
    there = [r for r in records if r[0] == wanted]

    def of(owner, kind_):
        return [r for r in records if (owner is None or r[0] == owner) and kind_ in (r[1], r[2])]

    found, beside, code = [], [], 0
    if not wanted.endswith(origin):
        code = REFUSED
    elif any(r[1] == kind for r in there):
        found = of(wanted, kind)
    else:
        code = 0 if there else NXDOMAIN
        beside = of(origin, "SOA") + of(wanted if there else None, "NSEC")
    head = query[:2] + struct.pack(">HHHHH", 0x8400 | struct.unpack(">H", query[2:4])[0] & 0x110 | code, 1, len(found),
                                   len(beside), 1)
    body = b"".join(name(owner) + struct.pack(">HHIH", TYPES[k], 1, ttl, len(rdata)) + rdata
                    for owner, k, _, ttl, rdata in found + beside)
    return head + question + body + b"\0" + struct.pack(">HHIH", 41, 4096, 0x8000, 0)


def serve_tcp(listener, path):
    while True:
        s, _ = listener.accept()
        with s:
            s.settimeout(5)
            try:
                size = struct.unpack(">H", s.recv(2, socket.MSG_WAITALL))[0]
                reply = answer(s.recv(size, socket.MSG_WAITALL), path)
                s.sendall(struct.pack(">H", len(reply)) + reply)
            except (OSError, struct.error):
                pass


def main():
    path, port = sys.argv[1], int(sys.argv[2])
    by_tcp = sys.argv[3:] == ["tcp"]
    threading.Thread(target=serve_tcp, args=(socket.create_server(("127.0.0.1", port)), path), daemon=True).start()
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", port))
    while True:
        query, asker = s.recvfrom(4096)
        reply = answer(query, path)
        if by_tcp:
            question = query[12:query.index(b"\0", 12) + 5]
            reply = reply[:2] + bytes([reply[2] | 2, reply[3]]) + struct.pack(">HHHH", 1, 0, 0, 0) + question
        s.sendto(reply, asker)


if __name__ == "__main__":
    main()
