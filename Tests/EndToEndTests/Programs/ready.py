"""A program that shows in one of many ways that it is ready, when there is the file `go` in its directory.

The first word is the way: `notify`, `fd`, `line`, `tcp`, `unix`, `fork`, `vanish` (after a fork) or `claim` (to be another process); the
second is a number, a text, a port, a path or a pid. Before that it says what it is about, and asks for more seconds where the third word is
a number.
"""

import os
import signal
import socket
import sys
import time

way, what, more = (sys.argv[1:] + ["", ""])[:3]


def say(text):
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.sendto(text.encode(), address.replace("@", "\0", 1))


signal.signal(signal.SIGTERM, signal.SIG_DFL)
say("STATUS=warming up" + ("\nEXTEND_TIMEOUT_USEC=%s000000" % more if more else ""))
with open("asked-%d" % os.getpid(), "w"):
    pass
while not os.path.exists("go"):
    time.sleep(0.02)
if way == "notify":
    say("READY=1\nSTATUS=3 of 5 connections")
elif way == "fd":
    os.write(int(what), b"\n")
elif way == "line":
    os.write(1, what.encode() + b"\n")
elif way == "tcp":
    listener = socket.create_server(("127.0.0.1", int(what)))
elif way == "unix":
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(what)
    listener.listen()
elif way == "claim":
    say("MAINPID=%s\nREADY=1" % what)
elif way in ("fork", "vanish"):
    child = os.fork()
    if child:
        say("MAINPID=%d\nREADY=1" % child)
        os._exit(0)
    elif way == "vanish":
        os._exit(0)
while True:
    time.sleep(1000)
