"""What /proc says of the processes below the harness, and their end.

The harness is the subreaper of all that it starts: whatever a supervisor leaves behind becomes its child, so the tree
below it is complete at any time, and nothing outlives a measurement.
"""
import ctypes
import os
import select
import signal
import time
from pathlib import Path

PROGRAM = "benchprogram"
PR_SET_CHILD_SUBREAPER = 36


def become_subreaper():
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "becoming a subreaper")


def _table():
    """pid -> (parent, name) of all processes but zombies."""
    table = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            text = Path("/proc", entry, "stat").read_text(errors="replace")
        except OSError:
            continue
        head, _, tail = text.rpartition(")")
        state, parent = tail.split()[:2]
        if state not in "ZX":
            table[int(entry)] = (int(parent), head.partition("(")[2])
    return table


def children(parent):
    """pid -> name of the live children of one process."""
    return {pid: name for pid, (above, name) in _table().items() if above == parent}


def descendants():
    """pid -> name of all live processes below this one."""
    table = _table()
    below = {}
    level = {os.getpid()}
    while level:
        level = {pid for pid, (parent, _) in table.items() if parent in level}
        below.update((pid, table[pid][1]) for pid in level)
    return below


def proportional_kib(pids):
    """The proportional set size of processes: memory that is shared counts by the share."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


def _tasks(pids):
    for pid in pids:
        try:
            yield from Path(f"/proc/{pid}/task").iterdir()
        except OSError:
            continue


def processor_seconds(pids):
    """The time that all threads of the processes have run."""
    total = 0
    for task in _tasks(pids):
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except OSError:
            continue
    return total / 1e9


def wake_ups(pids):
    """How often all threads of the processes have gone to sleep by themselves, and so were woken."""
    total = 0
    for task in _tasks(pids):
        try:
            lines = (task / "status").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches:"))
    return total


class Departure:
    """Tells when processes have ended, from descriptors of them and so without looking again and again."""

    def __init__(self, pids):
        self.poll = select.epoll()
        self.open = set()
        for pid in pids:
            try:
                descriptor = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            self.poll.register(descriptor, select.EPOLLIN)
            self.open.add(descriptor)

    def wait(self, end):
        """Waits for all of them, up to `end` of the monotonic clock; False when some are still there."""
        while self.open and time.monotonic() < end:
            for descriptor, _ in self.poll.poll(max(0, end - time.monotonic())):
                self.open.discard(descriptor)
                os.close(descriptor)
        return not self.open

    def close(self):
        for descriptor in self.open:
            os.close(descriptor)
        self.poll.close()


def end_everything(daemons):
    """Kills all that is left below the harness, by pid, in rounds: what is started meanwhile falls in the next one."""
    for _ in range(500):
        left = descendants()
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        for daemon in daemons:
            daemon.poll()
        _reap()
        if not left:
            return
        time.sleep(0.01)
    raise RuntimeError(f"processes that do not end: {descendants()}")


def _reap():
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return
        except ChildProcessError:
            return
