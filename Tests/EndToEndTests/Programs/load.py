"""Clients that ask a port of 127.0.0.1 without pause until TERM, and count what did not get its answer.

Half of them keep their connection until they are told to close it, and of each half one asks for what takes a while. A connection
that is refused, reset or closed without the whole answer is a failed request, a kept one that is closed between two requests too.

It writes `begun` when each client has had an answer, and at the end how many requests there were, which of them failed and why, and how
often each text after the pid was answered.
"""

import signal
import socket
import sys
import threading
import time

port = int(sys.argv[1])
stopping = threading.Event()
lock = threading.Lock()
answers = {}
failures = []


class Client:
    def __init__(self, keeps, path):
        self.keeps = keeps
        self.path = path
        self.connection = None
        self.has_begun = threading.Event()

    def run(self):
        while not stopping.is_set():
            stage = "connecting"
            try:
                if self.connection is None:
                    self.connection = socket.create_connection(("127.0.0.1", port), timeout=30)
                    self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    stage = "on a new connection"
                else:
                    stage = "on a kept connection"
                version = self.ask()
                with lock:
                    answers[version] = answers.get(version, 0) + 1
            except (OSError, ValueError) as error:
                with lock:
                    failures.append("%s, %s: %s" % (self.path, stage, error))
                self.close()
            self.has_begun.set()
            time.sleep(0.01)
        self.close()

    def ask(self):
        head = "GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n" % (self.path, "" if self.keeps else "Connection: close\r\n")
        self.connection.sendall(head.encode())
        received = b""
        while b"\r\n\r\n" not in received:
            received += self.receive(received)
        head, _, body = received.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        while len(body) < int(fields[b"content-length"]):
            body += self.receive(body)
        if b" 200 " not in head:
            raise ValueError(head.decode())
        if fields[b"connection"] == b"close":
            self.close()
        return body.decode().split()[1]

    def receive(self, before):
        more = self.connection.recv(4096)
        if not more:
            raise ValueError("closed after %d bytes" % len(before))
        return more

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


signal.signal(signal.SIGTERM, lambda *_: stopping.set())
clients = [Client(keeps, path) for keeps in (True, False) for path in ("/", "/", "/slow/0.2")]
threads = [threading.Thread(target=client.run) for client in clients]
for thread in threads:
    thread.start()
for client in clients:
    client.has_begun.wait()
print("begun", flush=True)
stopping.wait()
for thread in threads:
    thread.join()
print("requests", sum(answers.values()) + len(failures))
for text in failures:
    print("failed", text)
for version, count in answers.items():
    print("answer", version, count)
