"""One supervisor with its programs, from its start to the certain end of all its processes."""
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import processes
from board import Board, wait_until
from rivals import BUILD, Program


class Session:
    """Starts a rival with `count` programs of one mode; its end kills and removes all that is left."""

    def __init__(self, rival, mode, count, logged=False):
        self.make_rival = rival
        self.mode = mode.split()
        self.count = count
        self.logged = logged

    def __enter__(self):
        self.home = Path(tempfile.mkdtemp(prefix="superd-bench-"))
        self.daemon = None
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self):
        self.board = Board(self.home / "board", self.count)
        first, *rest = self.mode
        self.programs = [
            Program(f"p{slot:04}", [f"{BUILD}/{processes.PROGRAM}", first, str(self.board.path), str(slot), *rest], self.logged)
            for slot in range(self.count)
        ]
        self.rival = self.make_rival(self.home)
        self.rival.configure(self.programs)
        with open(self.home / "complaints", "wb") as complaints:
            self.began = time.monotonic_ns()
            self.daemon = subprocess.Popen(
                self.rival.command(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=complaints
            )

    def __exit__(self, *_):
        processes.end_everything([self.daemon] if self.daemon else [])
        self.board.close()
        shutil.rmtree(self.home)

    def wait_for_all(self, seconds=60):
        """Waits until every program was started; the seconds from the supervisor's start to the last of them."""
        if not wait_until(lambda: self.board.present() == self.count, seconds):
            complaints = (self.home / "complaints").read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{self.board.present()} of {self.count} programs were started: {complaints}")
        return (max(slot.started for slot in self.board.slots()) - self.began) / 1e9

    def ask(self, seconds=60):
        """Asks for the status; the seconds that took, and how many programs run by it."""
        began = time.monotonic()
        report = subprocess.run(
            self.rival.status_command(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds
        ).stdout
        return time.monotonic() - began, self.rival.count_running(report)

    def sides(self):
        """The pids of the supervisor's own processes, and those of the programs."""
        own, programs = [], []
        for pid, name in processes.descendants().items():
            # The C loop is of the same name as its programs.
            (programs if name == processes.PROGRAM and pid != self.daemon.pid else own).append(pid)
        return own, programs

    def stop(self, seconds=90):
        """Stops everything; the seconds until the programs and until all processes had ended, and how many are left."""
        own, programs = self.sides()
        program_end, own_end = processes.Departure(programs), processes.Departure(own)
        began = time.monotonic()
        self.rival.stop(self.daemon)
        program_end.wait(began + seconds)
        programs_took = time.monotonic() - began
        own_end.wait(began + seconds)
        all_took = time.monotonic() - began
        program_end.close()
        own_end.close()
        return programs_took, all_took, len(processes.descendants())
