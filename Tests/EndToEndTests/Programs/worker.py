"""A worker as superd is made for: it answers HTTP on sockets that it is given, and drains when it is told to stop.

On TERM it accepts nothing more, finishes the requests under way, answers the next one of each connection that is kept alive with
`Connection: close`, and ends when nobody is connected any more.

Words of the command line:

    version=TEXT     what it answers after its pid
    fd=N             take connections from this descriptor, not from those of LISTEN_FDS
    listen=PORT      take connections from a port of 127.0.0.1 that it opens itself
    wait=FILE        say READY=1 only when there is this file
    trouble=FILE     what goes wrong, if there is this file: `import`, `never` (is it ready) or `dies` (a second later,
                     having drained)
    sick=FILE        answer /health with 503 while there is this file

Paths: `/slow/SECONDS`, `/health`, `/sick` (503 on /health from now on), `/block` (the main loop), `/allocate/MEBIBYTES`, `/exit/CODE`;
any other is answered at once.
"""

import os
import select
import signal
import socket
import sys
import threading
import time

options = dict(word.split("=", 1) for word in sys.argv[1:])
stopping = threading.Event()
is_blocked = threading.Event()
is_sick = threading.Event()
hoard = []
wake_reader, wake_writer = os.pipe()
os.set_blocking(wake_writer, False)


def say(text):
    """Tells superd, as sd_notify(3) does."""
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.sendto(text.encode(), address.replace("@", "\0", 1))


def wake():
    os.write(wake_writer, b"!")


def listeners():
    if "listen" in options:
        own = socket.create_server(("127.0.0.1", int(options["listen"])), backlog=128)
        found = [own]
    elif "fd" in options:
        found = [socket.socket(fileno=int(options["fd"]))]
    else:
        assert int(os.environ["LISTEN_PID"]) == os.getpid()
        found = [socket.socket(fileno=3 + index) for index in range(int(os.environ["LISTEN_FDS"]))]
    for one in found:
        # Another worker may have been faster.
        one.setblocking(False)
    return found


def answer(path):
    """The status and the text for a path."""
    word, _, value = path.lstrip("/").partition("/")
    text = "%d %s\n" % (os.getpid(), options.get("version", "1"))
    if word == "slow":
        time.sleep(float(value))
    elif word == "health":
        if is_sick.is_set() or os.path.exists(options.get("sick", "")):
            return "503 Service Unavailable", text
    elif word == "sick":
        is_sick.set()
    elif word == "block":
        is_blocked.set()
        wake()
    elif word == "allocate":
        # Written to, so that there is memory behind it.
        hoard.append(bytearray(os.urandom(4096)) * (int(value) * 256))
    elif word == "exit":
        os._exit(int(value))
    return "200 OK", text


def serve(connection):
    with connection, connection.makefile("rb") as reader:
        while True:
            start = reader.readline()
            if not start:
                return
            keeps = True
            while (line := reader.readline().strip().lower()):
                if line == b"connection: close":
                    keeps = False
            status, text = answer(start.split()[1].decode())
            keeps = keeps and not stopping.is_set()
            head = "HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n" % (
                status, len(text), "keep-alive" if keeps else "close")
            connection.sendall((head + text).encode())
            if not keeps:
                return


def serve_quietly(connection):
    try:
        serve(connection)
    except OSError as error:
        print("a client left:", error, flush=True)


def accept(listener, threads):
    try:
        connection, _ = listener.accept()
    except BlockingIOError:
        return
    connection.setblocking(True)
    thread = threading.Thread(target=serve_quietly, args=(connection,))
    thread.start()
    threads[:] = [one for one in threads if one.is_alive()] + [thread]


def trouble():
    try:
        with open(options["trouble"]) as file:
            return file.read().strip()
    except (KeyError, FileNotFoundError):
        return ""


def become_ready(wrong):
    """Says that it is ready when it may; false where it is told to stop before."""
    while wrong == "never" or ("wait" in options and not os.path.exists(options["wait"])):
        select.select([wake_reader], [], [], 0.02)
        if stopping.is_set():
            return False
    say("READY=1\nSTATUS=version %s serves" % options.get("version", "1"))
    return True


def on_quit(*_):
    os.write(1, b"dump: the main loop %s\n" % (b"is blocked" if is_blocked.is_set() else b"runs"))


def main():
    signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    signal.signal(signal.SIGQUIT, on_quit)
    wrong = trouble()
    if wrong == "import":
        import no_such_module
    sockets = listeners()
    if not become_ready(wrong):
        return
    if wrong == "dies":
        threading.Timer(1, os.kill, (os.getpid(), signal.SIGTERM)).start()
    interval = int(os.environ.get("WATCHDOG_USEC", 0)) / 1e6
    threads = []
    while not stopping.is_set():
        if interval:
            say("WATCHDOG=1")
        while is_blocked.is_set():
            time.sleep(1)
        readable, _, _ = select.select(sockets + [wake_reader], [], [], interval / 8 or None)
        for one in readable:
            if one is not wake_reader:
                accept(one, threads)
            else:
                os.read(wake_reader, 64)
    for one in sockets:
        one.close()
    for thread in threads:
        thread.join()
    if wrong == "dies":
        sys.exit(1)


main()
