#!/usr/bin/env python3
"""Relays connections, and changes what they carry once: corrupting_relay.py PORT TARGET-PORT TRIGGER.

What comes is passed on, both ways, TLS record by TLS record. As soon as the file TRIGGER is there, the next record of application
data that goes to the target has one bit of its last byte flipped, and TRIGGER is renamed to TRIGGER.done. All on 127.0.0.1.
"""

import os
import socket
import sys
import threading

APPLICATION_DATA = 23
PORT, TARGET, TRIGGER = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]


def read_exactly(s, count):
    data = b""
    while len(data) < count:
        part = s.recv(count - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def read_record(s):
    header = read_exactly(s, 5)
    return bytearray(header + read_exactly(s, int.from_bytes(header[3:], "big")))


def triggered():
    """Whether this record is the one: whoever can rename the trigger has it."""
    try:
        os.rename(TRIGGER, TRIGGER + ".done")
        return True
    except FileNotFoundError:
        return False


def pass_on(source, sink, may_change):
    try:
        while True:
            record = read_record(source)
            if may_change and record[0] == APPLICATION_DATA and triggered():
                record[-1] ^= 0x10
            sink.sendall(record)
    except (EOFError, OSError):
        for s in (source, sink):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def relay(client):
    try:
        target = socket.create_connection(("127.0.0.1", TARGET))
    except OSError:
        client.close()
        return
    threading.Thread(target=pass_on, args=(client, target, True), daemon=True).start()
    threading.Thread(target=pass_on, args=(target, client, False), daemon=True).start()


listener = socket.create_server(("127.0.0.1", PORT))
while True:
    relay(listener.accept()[0])
