"""The trial of superd's promise: its brain may be killed at any moment, and no program, request or line is lost.

superd runs superweb, a program that writes numbered lines into small rotated files, and some that wait. Meanwhile one
client keeps its connection, another one opens a new one for each request, and `superctl status` is asked for.
"""
import http.client
import os
import random
import select
import signal
import socket
import threading
import time
from dataclasses import dataclass, field

import processes
from board import wait_until
from rivals import Program, Superd, superd_program
from session import Session

WAITING_PROGRAMS = 20
LINE_PERIOD = 200  # microseconds: 5,000 lines a second
LINE_SIZE = 100
ROTATE_AT = 1_000_000  # so that brains die while files are rotated, too
BRAIN_NAME = "superd-brain"


@dataclass
class Outcome:
    """What was seen."""

    kills: int = 0
    before: dict = field(default_factory=dict)
    after: dict = field(default_factory=dict)
    requests: int = 0
    failures: int = 0
    slowest_request: float = 0
    lines: int = 0
    missing: int = 0
    doubled: int = 0
    broken: int = 0
    status_calls: int = 0
    status_failures: int = 0
    slowest_status: float = 0
    left_over: int = 0

    @property
    def restarted(self):
        """Processes of before that are not there after."""
        return len(self.before.keys() - self.after.keys())

    @property
    def is_flawless(self):
        return self.kills > 0 and self.before == self.after and self.requests > 0 and self.lines > 0 and not any(
            (self.failures, self.missing, self.doubled, self.broken, self.status_failures, self.left_over)
        )


class Trial(Superd):
    """superd with superweb beside the programs of the session, the first of which writes lines."""

    def configure(self, programs):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        writer, *others = programs
        writer.command = [*writer.command[:1], "lines", *writer.command[2:], str(LINE_PERIOD)]
        writer.logged, writer.rotate_at, writer.kept_files = True, ROTATE_AT, 10_000
        web = Program("web", [superd_program("superweb"), "--bind", f"127.0.0.1:{self.port}"], logged=False)
        super().configure([web, writer, *others])


class Client(threading.Thread):
    """Sends one request after the other, and counts those that are not answered in full with 200."""

    def __init__(self, port, keeps_connection):
        super().__init__()
        self.port = port
        self.keeps_connection = keeps_connection
        self.asked_to_end = threading.Event()
        self.requests = 0
        self.failures = 0
        self.slowest = 0

    def run(self):
        connection = None
        while not self.asked_to_end.wait(0.002):
            began = time.monotonic()
            self.requests += 1
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                connection.request("GET", "/")
                answer = connection.getresponse()
                # read() raises IncompleteRead when the body is shorter than it was to be.
                if answer.status != 200 or not answer.read():
                    self.failures += 1
                kept = self.keeps_connection
            except (OSError, http.client.HTTPException):
                self.failures += 1
                kept = False
            if not kept:
                connection.close()
                connection = None
            self.slowest = max(self.slowest, time.monotonic() - began)
        if connection:
            connection.close()

    def end(self):
        self.asked_to_end.set()
        self.join()


class Asker(threading.Thread):
    """Asks for the status again and again, and counts the answers in which not everything runs."""

    def __init__(self, session):
        super().__init__()
        self.session = session
        self.asked_to_end = threading.Event()
        self.calls = 0
        self.failures = 0
        self.slowest = 0

    def run(self):
        while not self.asked_to_end.wait(0.1):
            self.calls += 1
            seconds, running = self.session.ask()
            self.slowest = max(self.slowest, seconds)
            self.failures += running != self.session.count + 1

    def end(self):
        self.asked_to_end.set()
        self.join()


def run(kills, seconds, seed=1):
    """Kills the brain `kills` times at odd moments of so many seconds."""
    outcome = Outcome()
    with Session(Trial, "sleep", 1 + WAITING_PROGRAMS) as session:
        session.wait_for_all()
        _wait_until_served(session)
        outcome.before = _programs(session)
        clients = [Client(session.rival.port, keeps) for keeps in (True, False)]
        asker = Asker(session)
        for thread in [*clients, asker]:
            thread.start()
        try:
            outcome.kills = _kill_brains(session, kills, seconds, random.Random(seed))
        finally:
            for thread in [*clients, asker]:
                thread.end()
        outcome.after = _programs(session)
        outcome.requests = sum(client.requests for client in clients)
        outcome.failures = sum(client.failures for client in clients)
        outcome.slowest_request = max(client.slowest for client in clients)
        outcome.status_calls, outcome.status_failures = asker.calls, asker.failures
        outcome.slowest_status = asker.slowest
        outcome.left_over = session.stop()[2]
        _count_lines(session, outcome)
    return outcome


def _wait_until_served(session):
    def accepts():
        try:
            socket.create_connection(("127.0.0.1", session.rival.port), 1).close()
            return True
        except OSError:
            return False

    if not wait_until(accepts, 10):
        raise RuntimeError("superweb does not answer")


def _programs(session):
    """pid -> name of the keeper, under its own pid, and of all programs, which are its children."""
    programs = processes.children(session.daemon.pid)
    keeper = {session.daemon.pid: "superd"} if session.daemon.poll() is None else {}
    return keeper | {pid: name for pid, name in programs.items() if name != BRAIN_NAME}


def _kill_brains(session, kills, seconds, chance):
    """Kills one brain in each part of the time, at a moment that chance picks; says how many were killed."""
    began = time.monotonic()
    killed = 0
    for part in range(kills):
        moment = began + (part + chance.random()) * seconds / kills
        time.sleep(max(0, moment - time.monotonic()))
        wait_until(lambda: _kill_brain(session.daemon.pid), 10)
        killed += 1
    time.sleep(max(0, began + seconds - time.monotonic()))
    return killed


def _kill_brain(keeper):
    """Kills the keeper's brain and waits for its end; False when there is none at the moment."""
    for pid, name in processes.children(keeper).items():
        if name != BRAIN_NAME:
            continue
        try:
            brain = os.pidfd_open(pid)
        except ProcessLookupError:
            return False
        try:
            signal.pidfd_send_signal(brain, signal.SIGKILL)
            return bool(select.select([brain], [], [], 10)[0])
        except ProcessLookupError:
            return False
        finally:
            os.close(brain)
    return False


def _count_lines(session, outcome):
    """Compares the lines in the files with what the program says it has written."""
    outcome.lines = session.board.slot(0).written
    seen = [0] * outcome.lines
    writer = next(program for program in session.rival.programs if program.name == session.programs[0].name)
    # A line may begin in one file and end in the next one.
    text = b"".join(file.read_bytes() for file in session.rival.log_files(writer))
    for line in text.splitlines():
        number = line[:16]
        if len(line) == LINE_SIZE - 1 and number.isdigit() and int(number) < outcome.lines:
            seen[int(number)] += 1
        else:
            outcome.broken += 1
    outcome.missing = seen.count(0)
    outcome.doubled = sum(count - 1 for count in seen if count > 1)
