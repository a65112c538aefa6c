"""What the PSK interoperation tests share: peers as processes, TAP lines, one case after the other."""
import os
import re
import subprocess
import sys
import time

BUILD = os.environ.get("BUILD", "build")
PEER = os.path.join(BUILD, "interop", "psk_peer")
KEY = "00" * 32
SECONDS = 15

SUITES = {
    "D001": "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256",
    "CCAC": "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256",
    "00A8": "TLS_PSK_WITH_AES_128_GCM_SHA256",
    "CCAB": "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256",
    "00AC": "TLS_RSA_PSK_WITH_AES_128_GCM_SHA256",
    "00B0": "TLS_PSK_WITH_NULL_SHA256",
}


class Peer:
    """A process that is one end; its output is gathered until it ends."""

    def __init__(self, *command, ends_input=True):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, bufsize=0)
        self.text = ""
        if ends_input:
            self.process.stdin.close()

    def until(self, pattern):
        """Reads until the output matches; returns the match, or None when the process ends first."""
        deadline = time.monotonic() + SECONDS
        os.set_blocking(self.process.stdout.fileno(), False)
        while time.monotonic() < deadline:
            found = re.search(pattern, self.text)
            if found:
                return found
            chunk = self.process.stdout.read(65536)
            if chunk:
                self.text += chunk.decode("utf-8", "replace")
            elif chunk == b"":
                return re.search(pattern, self.text)
            else:
                time.sleep(0.01)
        return None

    def say(self, text):
        """Types a line, if there is still somebody to read it."""
        try:
            self.process.stdin.write(text.encode())
        except BrokenPipeError:
            pass

    def finish(self):
        """Waits for the end (or brings it about); returns the exit status and the whole output."""
        self.until(r"\Z(?!)")
        if self.process.poll() is None:
            try:
                self.process.wait(timeout=1)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode, self.text

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()


class Tap:
    def __init__(self):
        self.count = 0
        self.failures = 0

    def check(self, good, name, *output):
        self.count += 1
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}", flush=True)
        if not good:
            self.failures += 1
            for text in output:
                for line in text.splitlines():
                    print(f"#   {line}")

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}", flush=True)

    def end(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failures else 0)


def our_server(*options):
    """Starts our server; returns it and its port."""
    peer = Peer(PEER, "server", *options)
    found = peer.until(r"port (\d+)\n")
    return peer, found.group(1) if found else "0"


def our_client(port, *options):
    """Runs our client to its end."""
    return Peer(PEER, "client", port, *options).finish()
