"""The measurements. Each takes one rival once and notes what it finds in the results; `run` does the rounds."""
import math
import os
import random
import signal
import subprocess
import threading
import time

import brain
import processes
from board import wait_until
from rivals import BUILD, SUPERVISORS, Cat, Loop
from session import Session

MIB = 1 << 20
LINE_SIZE = 100  # of program.c
SETTLE_SECONDS = 3  # until memory that only the start needed was given back
IDLE_SECONDS = 10

KILLS = 50  # in all rounds together
UP_BEFORE_KILL = 1.3  # seconds; s6 and runit delay the restart of a program that was up for less than one
KILL_GAPS = (0.02, 0.1)
NOT_RESTARTED = 10  # seconds

CRASHING_PROGRAMS = 200
CRASH_WARM_UP = 1
CRASH_SECONDS = 5
UNANSWERED = 20  # seconds


def _programs(count):
    return "1 program" if count == 1 else f"{count} programs"


class Fleets:
    """Plain programs that wait: start, status, stop; memory and idleness in the first round."""

    name = "fleets"
    in_every_round = True
    rivals = [*SUPERVISORS.values(), Loop]

    def __init__(self, options):
        self.sizes = options.sizes

    def measure(self, rival, results, first):
        for size in self.sizes:
            with Session(rival, "sleep", size) as session:
                self._one(rival, session, size, results, first)

    def _one(self, rival, session, size, results, first):
        answers = rival is not Loop
        results.note("start", f"{_programs(size)} alive, s", rival, session.wait_for_all())
        if answers:
            wait_until(lambda: session.ask()[1] == size, 60)
            results.note("start", f"{_programs(size)} alive and status says so, s", rival, (time.monotonic_ns() - session.began) / 1e9)
            if first:
                self._rest(rival, session, size, results)
            for _ in range(5 if size < 1000 else 3):
                results.note("status", f"{_programs(size)}, ms", rival, session.ask()[0] * 1000)
        if size == max(self.sizes):
            programs, everything, left = session.stop()
            results.note("stop", f"{_programs(size)} ended, s", rival, programs)
            results.note("stop", "supervisor ended too, s", rival, everything)
            results.note("stop", "processes left over", rival, left)

    def _rest(self, rival, session, size, results):
        time.sleep(SETTLE_SECONDS)
        own, _ = session.sides()
        results.note("memory", f"{_programs(size)}, MiB", rival, processes.proportional_kib(own) / 1024)
        results.note("memory", f"{_programs(size)}, processes", rival, len(own))
        if size < max(self.sizes):
            return
        before = processes.wake_ups(own), processes.processor_seconds(own)
        time.sleep(IDLE_SECONDS)
        results.note("idle", f"{_programs(size)}, wake-ups", rival, processes.wake_ups(own) - before[0])
        results.note("idle", f"{_programs(size)}, CPU ms", rival, (processes.processor_seconds(own) - before[1]) * 1000)


class Logging:
    """Memory when the output of every program is captured. Once: it hardly varies."""

    name = "logging"
    in_every_round = False
    rivals = [*SUPERVISORS.values()]

    def __init__(self, options):
        self.sizes = [size for size in options.sizes if size > 1]

    def measure(self, rival, results, first):
        for size in self.sizes:
            with Session(rival, "sleep", size, logged=True) as session:
                session.wait_for_all()
                time.sleep(SETTLE_SECONDS)
                own, _ = session.sides()
                results.note("memory", f"{_programs(size)} with logs, MiB", rival, processes.proportional_kib(own) / 1024)
                results.note("memory", f"{_programs(size)} with logs, processes", rival, len(own))


class Restart:
    """Programs are killed one at a time, each once, at odd moments, until they run again."""

    name = "restart"
    in_every_round = True
    rivals = [*SUPERVISORS.values(), Loop]

    def __init__(self, options):
        self.kills = math.ceil(KILLS / options.rounds)

    def measure(self, rival, results, first):
        chance = random.Random(KILLS)
        with Session(rival, "sleep", self.kills) as session:
            session.wait_for_all()
            time.sleep(UP_BEFORE_KILL)
            times = []
            for slot in range(self.kills):
                # It runs again before the next is killed: a second death would wake a supervisor that sleeps.
                times.append(self._kill(session.board, slot))
                time.sleep(chance.uniform(*KILL_GAPS))
        good = [took for took in times if took is not None]
        results.note_all("restart", "median, ms", rival, good, 0.5)
        results.note_all("restart", "p99, ms", rival, good, 0.99)
        results.note_sum("restart", "kills", rival, len(times))
        results.note_sum("restart", f"not running after {NOT_RESTARTED} s", rival, len(times) - len(good))

    def _kill(self, board, slot):
        pid = board.slot(slot).pid
        began = time.monotonic_ns()
        os.kill(pid, signal.SIGKILL)
        if not wait_until(lambda: board.slot(slot).pid != pid, NOT_RESTARTED):
            return None
        return (board.slot(slot).started - began) / 1e6


class Capture:
    """One program writes as fast as it can into rotated files; then every byte is compared."""

    name = "capture"
    in_every_round = True
    rivals = [*SUPERVISORS.values(), Cat]
    chunks = {"64 KiB": 65536, "100 B": 100}

    def __init__(self, options):
        # Whole lines: loggers that go by lines keep back one that has no end yet.
        self.total = options.log_mib * MIB // LINE_SIZE * LINE_SIZE

    def measure(self, rival, results, first):
        for label, chunk in self.chunks.items():
            os.sync()
            with Session(rival, f"write {self.total} {chunk}", 1, logged=True) as session:
                self._one(rival, session, label, results)

    def _one(self, rival, session, label, results):
        session.wait_for_all()
        program = session.programs[0]
        # What was composed before the writing is another process's time; the supervisor's own starts here.
        own, _ = session.sides()
        before = processes.processor_seconds(own)

        def arrived():
            try:
                return sum(file.stat().st_size for file in session.rival.log_files(program))
            except FileNotFoundError:
                return 0  # a file was renamed between the listing and the look

        wait_until(lambda: arrived() >= self.total, 90, pause=0.002)
        seconds = time.monotonic() - session.board.slot(0).started / 1e9
        used = processes.processor_seconds(own) - before
        files = [str(file) for file in session.rival.log_files(program)]
        right, _ = map(int, self._verify(files).split())
        results.note("capture", f"{label} writes, MB/s", rival, self.total / 1e6 / seconds)
        results.note("capture", f"{label} writes, CPU s per GiB", rival, used * 1024 * MIB / self.total)
        results.note_worst("capture", f"{label} writes, bytes wrong or lost", rival, self.total - right)

    def _verify(self, files):
        command = [f"{BUILD}/{processes.PROGRAM}", "verify", *files]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


class Crash:
    """200 programs that end with 1 as soon as they start, while the status is asked for. Once: it is long."""

    name = "crash"
    in_every_round = False
    rivals = [*SUPERVISORS.values(), Loop]

    def __init__(self, options):
        pass

    def measure(self, rival, results, first):
        with Session(rival, "crash", CRASHING_PROGRAMS) as session:
            session.wait_for_all()
            time.sleep(CRASH_WARM_UP)
            own, _ = session.sides()
            before = session.board.starts(), processes.processor_seconds(own), time.monotonic()
            asked = []
            asker = threading.Thread(target=self._ask, args=(session, before[2] + CRASH_SECONDS, asked))
            if rival is not Loop:
                asker.start()
            time.sleep(CRASH_SECONDS)
            seconds = time.monotonic() - before[2]
            starts = session.board.starts() - before[0]
            used = processes.processor_seconds(own) - before[1]
            if rival is not Loop:
                asker.join()
        results.note("crash", "starts per second", rival, starts / seconds)
        results.note("crash", "CPU ms per start", rival, used * 1000 / max(1, starts))
        if asked:
            answers = [took for took in asked if took is not None]
            results.note("crash", f"status unanswered after {UNANSWERED} s", rival, len(asked) - len(answers))
            if answers:
                results.note("crash", "slowest answer, ms", rival, max(answers))

    def _ask(self, session, end, asked):
        while time.monotonic() < end:
            try:
                asked.append(session.ask(UNANSWERED)[0] * 1000)
            except subprocess.TimeoutExpired:
                asked.append(None)
            time.sleep(0.3)


class Brain:
    """superd's brain is killed while a program answers HTTP and another writes lines. Only superd has a brain."""

    name = "brain"
    in_every_round = False
    rivals = [SUPERVISORS["superd"]]

    def __init__(self, options):
        pass

    def measure(self, rival, results, first):
        outcome = brain.run(kills=20, seconds=12)
        rows = {
            "brains killed": outcome.kills,
            "programs restarted": outcome.restarted,
            "requests": outcome.requests,
            "requests failed": outcome.failures,
            "lines written": outcome.lines,
            "lines missing": outcome.missing,
            "lines doubled": outcome.doubled,
            "slowest status, ms": outcome.slowest_status * 1000,
        }
        for row, value in rows.items():
            results.note("brain", row, rival, value)


PARTS = {part.name: part for part in (Fleets, Logging, Restart, Capture, Crash, Brain)}
