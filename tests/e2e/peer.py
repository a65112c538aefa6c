#!/usr/bin/env python3
"""A peer of a registrar that speaks plain text, well or badly: peer.py PORT STORY. Exit status 0: it went as told."""

import os
import random
import socket
import struct
import sys
import threading
import time

PORT = int(sys.argv[1])


def parameter(kind, value):
    return struct.pack(">HH", kind, 4 + len(value)) + value + bytes(-len(value) % 4)


def message(kind, body=b"", flags=0):
    return struct.pack(">BBH", kind, flags, 4 + len(body)) + body


def handle(name=b"pool"):
    return parameter(9, name)


def registration(name, identifier, port):
    transport = parameter(5, struct.pack(">HH", port, 0) + parameter(1, socket.inet_aton("127.0.0.1")))
    element = struct.pack(">IIi", identifier, 0, 300) + transport + parameter(8, struct.pack(">I", 1))
    return message(1, handle(name) + parameter(10, element))


QUESTION = message(5, handle())


def connect(source="127.0.0.1", **options):
    s = socket.socket()
    s.bind((source, 0))
    for name, value in options.items():
        s.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
    s.connect(("127.0.0.1", PORT))
    s.settimeout(10)
    return s


def read_exactly(s, n):
    data = b""
    while len(data) < n:
        part = s.recv(n - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def read_message(s):
    header = read_exactly(s, 4)
    length = struct.unpack(">H", header[2:])[0]
    return header + read_exactly(s, (length + 3) // 4 * 4 - 4)


def ended(s):
    try:
        while s.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


def ask(s):
    """A resolution on a connection that works; returns the answer."""
    s.sendall(QUESTION)
    while True:
        answer = read_message(s)
        if answer[0] == 6:
            return answer


def bytes_():
    s = connect()
    for byte in QUESTION:
        s.sendall(bytes([byte]))
        time.sleep(0.002)
    assert read_message(s)[0] == 6


def pipeline():
    s = connect()
    names = [b"p%d" % n for n in range(1000)]
    s.sendall(b"".join(message(5, handle(name)) for name in names))
    for name in names:
        assert handle(name) in read_message(s)


def padded_length():
    s = connect()
    body = handle(b"abcde")  # 5 bytes of value, 3 of padding
    s.sendall(struct.pack(">BBH", 5, 0, 4 + len(body)) + body)
    assert read_message(s)[0] == 6
    s.sendall(struct.pack(">BBH", 5, 0, 4 + len(body) - 3) + body)
    assert read_message(s)[0] == 6


def half():
    s = connect()
    s.sendall(QUESTION + QUESTION[:7])
    assert read_message(s)[0] == 6
    s.shutdown(socket.SHUT_WR)
    assert s.recv(1) == b""


def bad_length():
    s = connect()
    s.sendall(QUESTION + b"\x05\x00\x00\x03" + QUESTION)
    assert read_message(s)[0] == 6
    assert ended(s)


def malformed_few():
    s = connect()
    for _ in range(3):
        s.sendall(message(5, b"\x00\x09\x00\x02"))
    ask(s)


def malformed_many():
    s = connect()
    for _ in range(4):
        s.sendall(message(5, b"\x00\x09\x00\x02"))
    assert ended(s)


def largest():
    s = connect()
    # An unknown parameter that is to be skipped, as large as a message can hold, behind the handle.
    body = handle()
    room = 65535 - 4 - len(body)
    body += struct.pack(">HH", 0x8001, room) + bytes(room - 4)
    s.sendall(struct.pack(">BBH", 5, 0, 65535) + body + b"\x00")
    assert read_message(s)[0] == 6
    ask(s)


def idle():
    s = connect()
    ask(s)
    began = time.time()
    assert s.recv(1) == b""
    assert 1 < time.time() - began < 4


def slow_reader():
    """Asks for ever, reads nothing: is dropped. The other one gets every answer at once."""
    good = connect()
    for n in range(100):
        good.sendall(registration(b"pool", n + 1, 1000 + n))
        while read_message(good)[0] != 3:
            pass
    slow = connect(SO_RCVBUF=4096)
    slow.setblocking(False)
    began = time.time()
    worst = 0
    dropped = False
    while not dropped and time.time() - began < 15:
        try:
            slow.send(QUESTION * 100)
        except BlockingIOError:
            time.sleep(0.01)
        except (ConnectionResetError, BrokenPipeError):
            dropped = True
        start = time.time()
        ask(good)
        worst = max(worst, time.time() - start)
    assert dropped
    assert worst < 1, worst


def crowd():
    """Registers 4,000 elements on one connection, and keeps it until it is killed."""
    s = connect()
    for first in range(0, 4000, 100):
        s.sendall(b"".join(registration(b"crowd", n + 1, 1 + n) for n in range(first, first + 100)))
        answered = 0
        while answered < 100:
            answered += read_message(s)[0] == 3
    time.sleep(100)


def connections():
    for _ in range(5):
        held = [connect() for _ in range(100)]
        for s in held:
            s.close()
    ask(connect())


def rubbish():
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(300):
        s = connect()
        data = bytearray(QUESTION + registration(b"x", 7, 80) + QUESTION)
        for _ in range(chance.randrange(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            s.sendall(bytes(data[:chance.randrange(1, len(data) + 1)]) if chance.random() < 0.5 else os.urandom(200))
        except (ConnectionResetError, BrokenPipeError):
            pass
        s.close()
    ask(connect())


def has_elements(answer):
    return parameter(9, b"pool")[:2] == answer[4:6] and b"\x00\x0a\x00" in answer[12:]


def reporters():
    """An element that answers its keep-alives: ten reports from one address count once, and a report from the fourth
    address (MAX-BAD-PE-REPORT is 3) removes it."""
    element = connect()
    element.sendall(registration(b"pool", 7, 80))
    assert read_message(element)[0] == 3

    def answer():
        while True:
            if read_message(element)[0] == 7:
                element.sendall(message(8, handle() + identifier))

    def report(source):
        s = connect(source)
        s.sendall(message(9, handle() + identifier))
        return has_elements(ask(s))

    identifier = parameter(14, struct.pack(">I", 7))
    threading.Thread(target=answer, daemon=True).start()
    for source in ["127.0.0.2"] * 10 + ["127.0.0.3", "127.0.0.4"]:
        assert report(source), source
    assert not report("127.0.0.5")


STORIES = {"bytes": bytes_, "pipeline": pipeline, "padded_length": padded_length, "half": half, "bad_length": bad_length,
           "malformed_few": malformed_few, "malformed_many": malformed_many, "largest": largest, "idle": idle,
           "slow_reader": slow_reader, "connections": connections, "rubbish": rubbish,
           "reporters": reporters, "crowd": crowd}

STORIES[sys.argv[2]]()
