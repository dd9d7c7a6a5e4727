"""The file that the harness and every program map: who started when, how often, and how much was written."""
import mmap
import struct
import time
from dataclasses import dataclass

SLOT_SIZE = 64


@dataclass(frozen=True)
class Slot:
    """What one program has entered, in the order of `struct slot` in program.c."""

    started: int
    starts: int
    written: int
    finished: int
    pid: int


class Board:
    """A header of one slot's size, then a slot for each program."""

    def __init__(self, path, count):
        self.path = path
        self.count = count
        path.write_bytes(bytes(SLOT_SIZE * (count + 1)))
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 0)

    def starts(self):
        """The starts of all programs together."""
        return struct.unpack_from("<Q", self.memory, 0)[0]

    def present(self):
        """How many programs were started at least once."""
        return struct.unpack_from("<Q", self.memory, 8)[0]

    def slot(self, index):
        return Slot(*struct.unpack_from("<5Q", self.memory, SLOT_SIZE * (index + 1)))

    def slots(self):
        return [self.slot(index) for index in range(self.count)]

    def close(self):
        self.memory.close()


def wait_until(condition, seconds, pause=0.001):
    """Looks until the condition holds; False when that takes longer than `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True
