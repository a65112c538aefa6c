#!/usr/bin/env python3
"""An attacker of a registrar: attacker.py STORY ARGUMENT...    Exit status 0: the attack went as the test expects.

Two kinds: one who has a valid key of his own and speaks ASAP through OpenSSL's client (`insider`), and one in the middle of
another's connection (`middle`). What the attack must not have changed is compared by the test that calls this.
"""

import os
import socket
import struct
import subprocess
import sys
import threading
import time

SECONDS = 10


def parameter(kind, value):
    return struct.pack(">HH", kind, 4 + len(value)) + value + bytes(-len(value) % 4)


def message(kind, *parts, flags=0):
    body = b"".join(parts)
    return struct.pack(">BBH", kind, flags, 4 + len(body)) + body


def registration(pool, identifier, port, address="127.0.0.1", life=300):
    transport = parameter(5, struct.pack(">HH", port, 0) + parameter(1, socket.inet_aton(address)))
    element = struct.pack(">IIi", identifier, 0, life) + transport + parameter(8, struct.pack(">I", 1))
    return message(1, parameter(9, pool), parameter(10, element))


def deregistration(pool, identifier):
    return message(2, parameter(9, pool), parameter(14, struct.pack(">I", identifier)))


def unreachable(pool, identifier):
    return message(9, parameter(9, pool), parameter(14, struct.pack(">I", identifier)))


def read_key(path):
    """(identity, key in hex) of a client's own key file."""
    return open(path).read().split()[0:3:2]


class Insider:
    """A connection with a valid pre-shared key, by OpenSSL's client."""

    def __init__(self, port, key_file):
        identity, key = read_key(key_file)
        # The key is a throw-away of this test; OpenSSL's client takes it in no other way.
        self.process = subprocess.Popen(
            ["openssl", "s_client", "-quiet", "-tls1_2", "-cipher", "PSK-AES128-GCM-SHA256", "-psk_identity", identity,
             "-psk", key, "-connect", f"127.0.0.1:{port}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        self.ended = False

    def say(self, data):
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except BrokenPipeError:
            self.ended = True

    def hear(self):
        """The next message, b"" when the connection is over."""
        out = self.process.stdout
        header = out.read(4)
        if len(header) < 4:
            self.ended = True
            return b""
        return header + out.read((struct.unpack(">H", header[2:])[0] + 3) // 4 * 4 - 4)

    def answer(self, data, kind):
        """The answer of that type to `data`; others, such as keep-alives, are passed over."""
        self.say(data)
        while True:
            heard = self.hear()
            if not heard or heard[0] == kind:
                return heard

    def close(self):
        self.process.kill()
        self.process.wait()


def cause_of(answer):
    """The first error cause at the end of a response, or None."""
    at = 4
    while at + 4 <= len(answer):
        kind, length = struct.unpack(">HH", answer[at:at + 4])
        if kind == 12:
            return struct.unpack(">H", answer[at + 4:at + 6])[0]
        at += (length + 3) // 4 * 4
    return None


def rejected(answer, cause):
    return len(answer) > 0 and cause_of(answer) == cause


def insider(port, key_file, story, victim):
    """Tries to do with his own key what only another may."""
    me = Insider(port, key_file)
    identifier = int(victim, 0)
    stories = {
        "takeover": lambda: rejected(me.answer(registration(b"web", identifier, 6666), 3), 0x4),
        "deregister": lambda: rejected(me.answer(deregistration(b"web", identifier), 4), 0xa),
        "foreign-address": lambda: rejected(me.answer(registration(b"web", 77, 80, "192.0.2.1"), 3), 0xa),
        "foreign-pool": lambda: rejected(me.answer(registration(b"db", 77, 80), 3), 0xa),
        "reports": lambda: reports(me, identifier),
        "registrations": lambda: registrations(me),
    }
    good = stories[story]()
    me.close()
    return good


def reports(me, identifier):
    """A thousand reports on an element that answers its keep-alives; then the registrar has to be there still."""
    for _ in range(1000):
        me.say(unreachable(b"web", identifier))
    return len(me.answer(message(5, parameter(9, b"web")), 6)) > 0 or me.ended


def registrations(me):
    """Two thousand registrations in a pool that is not his."""
    for i in range(2000):
        me.say(registration(b"db", 1000 + i, 80))
    return True


# ---- in the middle ----

def records(data):
    """Whole TLS records of `data`, and what is left."""
    whole = []
    while len(data) >= 5 and len(data) >= 5 + struct.unpack(">H", data[3:5])[0]:
        size = 5 + struct.unpack(">H", data[3:5])[0]
        whole.append(data[:size])
        data = data[size:]
    return whole, data


def pieces(data):
    """What is no TLS goes on as it comes."""
    return [data], b""


def flip(record):
    return record[:-1] + bytes([record[-1] ^ 1])


TRICKS = {
    "pass": lambda held, record: [record],
    "raw": lambda held, record: [record],
    "flip": lambda held, record: [flip(record)],
    "replay": lambda held, record: [record, record],
    "drop": lambda held, record: [],
    "reorder": lambda held, record: held.pop() + [record] if held else held.append([record]) or [],
    "cut": lambda held, record: [record[:len(record) // 2], None],
}


def forward(source, destination, name, recording):
    """Moves records, or with the trick `raw` whatever comes; the trick is played on application data (type 23), everything
    else goes through. What goes on is recorded."""
    trick, split = TRICKS[name], pieces if name == "raw" else records
    held, rest = [], b""
    while True:
        try:
            data = source.recv(65536)
        except OSError:
            data = b""
        if not data:
            break
        whole, rest = split(rest + data)
        for record in whole:
            for part in (trick(held, record) if record[0] == 23 else [record]):
                if part is None:
                    destination.shutdown(socket.SHUT_WR)
                    return
                recording.write(part)
                try:
                    destination.sendall(part)
                except OSError:
                    return
    try:
        destination.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def middle(listen_port, port, trick, recording):
    """Sits between one client and the registrar until SIGTERM; keeps what the client sent in the file `recording`."""
    server = socket.create_server(("127.0.0.1", int(listen_port)))
    with open(recording, "wb", buffering=0) as file, open(os.devnull, "wb") as nowhere:
        while True:
            client, _ = server.accept()
            registrar = socket.create_connection(("127.0.0.1", int(port)))
            threading.Thread(target=forward, args=(registrar, client, "raw", nowhere), daemon=True).start()
            forward(client, registrar, trick, file)


def application_data(recording):
    """The records of application data in what was recorded."""
    whole, _ = records(open(recording, "rb").read())
    return [record for record in whole if record[0] == 23]


def secrets(pool, identifier, service):
    """What an eavesdropper would look for in a registration."""
    transport = parameter(5, struct.pack(">HH", int(service), 0) + parameter(1, socket.inet_aton("127.0.0.1")))
    return [pool.encode(), struct.pack(">I", int(identifier, 0)), transport]


def readable(recording, pool, identifier, service):
    """Everything of the registration can be read in the recording."""
    data = open(recording, "rb").read()
    return all(secret in data for secret in secrets(pool, identifier, service))


def hidden(recording, pool, identifier, service):
    """Something was said under protection, and nothing of the registration can be read."""
    data = open(recording, "rb").read()
    return len(application_data(recording)) > 0 and not any(s in data for s in secrets(pool, identifier, service))


def unsaid(recording):
    """The client began a handshake, and said nothing beyond it."""
    return os.path.getsize(recording) > 0 and not application_data(recording)


def plain(port, victim):
    """Registrations and deregistrations without TLS: each gets cause 0xa and the end of the connection."""
    identifier = int(victim, 0)
    refusal = message(14, parameter(12, struct.pack(">HH", 0xa, 4)))
    for attempt in (registration(b"web", 77, 80), registration(b"web", identifier, 6666), deregistration(b"web", identifier)):
        answer = b""
        with socket.create_connection(("127.0.0.1", int(port)), SECONDS) as s:
            s.sendall(attempt)
            while part := s.recv(4096):
                answer += part
        if answer != refusal:
            return False
    return True


def repeat(port, recording):
    """Sends a whole recorded connection again. The registrar must end it before anything is opened."""
    data = open(recording, "rb").read()
    with socket.create_connection(("127.0.0.1", int(port)), SECONDS) as s:
        s.sendall(data)
        answer = b""
        try:
            while part := s.recv(65536):
                answer += part
        except ConnectionResetError:
            pass
    whole, _ = records(answer)
    return len(data) > 0 and not any(record[0] == 23 for record in whole)


def flood(port, count):
    """Connections that say half a ClientHello, or rubbish, and stay."""
    held = []
    for i in range(int(count)):
        s = socket.create_connection(("127.0.0.1", int(port)), SECONDS)
        s.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" if i % 2 else os.urandom(64))
        held.append(s)
    time.sleep(1)
    return True


def hello():
    """A ClientHello of TLS 1.2 that a registrar would answer."""
    body = b"\x03\x03" + os.urandom(32) + b"\0" + b"\0\4\xc0\x2b\xc0\x2f" + b"\1\0"
    whole = b"\1" + struct.pack(">I", len(body))[1:] + body
    return b"\x16\x03\x01" + struct.pack(">H", len(whole)) + whole


def drip(port, limit, pause, source="127.0.0.1"):
    """A hello in single bytes, one every `pause` seconds, as slow as to last for ever: cut at `limit` seconds, no sooner."""
    data = hello()
    assert len(data) * float(pause) > 2 * float(limit), "the hello would be through in time"
    began = time.time()
    with socket.create_connection(("127.0.0.1", int(port)), SECONDS, (source, 0)) as s:
        s.settimeout(float(pause))
        for byte in data:
            try:
                s.sendall(bytes([byte]))
                ended = s.recv(1) == b""
            except TimeoutError:
                ended = False
            except ConnectionError:
                ended = True
            if ended:
                break
    lasted = time.time() - began
    print("ended" if ended else "still open", "after", lasted)
    return ended and 0.9 * float(limit) <= lasted <= float(limit) + 2


def main():
    story, *arguments = sys.argv[1:]
    stories = {"insider": insider, "middle": middle, "repeat": repeat, "flood": flood, "readable": readable, "hidden": hidden,
               "unsaid": unsaid, "plain": plain, "drip": drip}
    return 0 if stories[story](*arguments) else 1


if __name__ == "__main__":
    sys.exit(main())
