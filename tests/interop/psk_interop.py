"""What the PSK interoperation tests share: peers as processes, TAP lines, one case after the other."""
import os
import re
import subprocess
import sys
import tempfile
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


class Certificates:
    """Two throwaway authorities, and a certificate for 127.0.0.1 by the first: what RSA_PSK takes."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(dir=BUILD)
        os.umask(0o077)
        for name in ("ca", "other", "server"):
            self.openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048",
                         "-out", self.path(name + ".key"))
        for name in ("ca", "other"):
            self.openssl("req", "-x509", "-new", "-key", self.path(name + ".key"), "-out", self.path(name + ".pem"),
                         "-days", "30", "-subj", f"/CN={name}")
        self.openssl("req", "-x509", "-new", "-key", self.path("server.key"), "-subj", "/CN=server",
                     "-CA", self.path("ca.pem"), "-CAkey", self.path("ca.key"), "-days", "10",
                     "-addext", "basicConstraints=critical,CA:FALSE",
                     "-addext", "subjectAltName=IP:127.0.0.1", "-out", self.path("server.pem"))

    @staticmethod
    def openssl(*command):
        subprocess.run(("openssl",) + command, check=True, stderr=subprocess.DEVNULL)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def ours(self, code):
        """Options of our server for a suite."""
        files = ["--private-key", self.path("server.key"), "--certificate", self.path("server.pem")]
        return files if code == "00AC" else []

    def trust(self, code, name="ca.pem"):
        """Options of our client for a suite."""
        return ["--trust", self.path(name)] if code == "00AC" else []


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
