"""How each supervisor is configured, started, asked and stopped. The programs and the wishes are the same for all."""
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build" / "bench"

ROTATE_AT = 50_000_000
KEPT_FILES = 40  # more than any run fills, so that every byte can be checked


@dataclass
class Program:
    """One program of a configuration."""

    name: str
    command: list
    logged: bool  # its output goes to files that are rotated; else it is not captured at all
    rotate_at: int = ROTATE_AT
    kept_files: int = KEPT_FILES


def tool(name):
    """The path of a program that has to be installed."""
    path = shutil.which(name, path=f"{BUILD}/venv/bin:{os.environ['PATH']}")
    if path is None:
        raise SystemExit(f"{name} is not installed; `make bench` installs it, or leave its supervisor out with --rivals")
    return path


def superd_program(name):
    """superd, superctl or superweb: of the release build, or beside the program that SUPERD names."""
    path = Path(os.environ.get("SUPERD", ROOT / ".build" / "release" / "superd")).resolve().with_name(name)
    if not path.exists():
        raise SystemExit(f"{path} does not exist; run `make release`, or let SUPERD name a superd")
    return str(path)


def _output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


class Rival:
    """A supervisor with a directory of its own."""

    name = ""

    def __init__(self, home):
        self.home = home
        self.programs = []

    def version(self):
        raise NotImplementedError

    def configure(self, programs):
        """Writes the configuration."""
        raise NotImplementedError

    def command(self):
        """What runs the supervisor in the foreground."""
        raise NotImplementedError

    def status_command(self):
        """What reports on all programs."""
        raise NotImplementedError

    def count_running(self, report):
        """How many programs run, by that report."""
        raise NotImplementedError

    def stop(self, daemon):
        """Asks the supervisor to stop everything and to end, as its manual says."""
        daemon.terminate()

    def log_files(self, program):
        """The log of a program, oldest file first."""
        files = (self.home / "log" / program.name).iterdir()
        return sorted(files, key=lambda file: file.stat().st_mtime_ns)

    def log_folder(self, program):
        folder = self.home / "log" / program.name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


class Supervisor(Rival):
    name = "Supervisor"

    def version(self):
        return _output(tool("supervisord"), "--version")

    def configure(self, programs):
        self.programs = programs
        # supervisord closes `minfds` descriptors in each child it starts: a needless reserve would slow it down.
        lines = [
            "[supervisord]",
            f"logfile={self.home}/main.log",
            f"pidfile={self.home}/main.pid",
            f"childlogdir={self.home}",
            f"minfds={max(1024, 4 * len(programs) + 100)}",
            "[unix_http_server]",
            f"file={self.home}/control.sock",
            "[rpcinterface:supervisor]",
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
            "[supervisorctl]",
            f"serverurl=unix://{self.home}/control.sock",
        ]
        for program in programs:
            lines += [
                f"[program:{program.name}]",
                f"command={' '.join(program.command)}",
                "autorestart=true",
                "startsecs=0",
                "redirect_stderr=true",
            ]
            if program.logged:
                lines += [
                    f"stdout_logfile={self.log_folder(program)}/out.log",
                    f"stdout_logfile_maxbytes={program.rotate_at}",
                    f"stdout_logfile_backups={program.kept_files}",
                ]
            else:
                lines += ["stdout_logfile=NONE"]
        (self.home / "supervisor.ini").write_text("\n".join(lines) + "\n")

    def command(self):
        return [tool("supervisord"), "-n", "-c", f"{self.home}/supervisor.ini"]

    def status_command(self):
        return [tool("supervisorctl"), "-c", f"{self.home}/supervisor.ini", "status"]

    def count_running(self, report):
        return sum(line.split()[1:2] == ["RUNNING"] for line in report.splitlines())

    def log_files(self, program):
        # `out.log.3` is older than `out.log.1`, and `out.log` is the newest.
        files = (self.home / "log" / program.name).iterdir()
        return sorted(files, key=lambda file: int(file.suffix[1:]) if file.suffix != ".log" else 0, reverse=True)


class Superd(Supervisor):
    """superd reads Supervisor's own file, so that nothing but the program differs."""

    name = "superd"

    def version(self):
        return _output(superd_program("superd"), "--version")

    def command(self):
        return [superd_program("superd"), "-n", "-c", f"{self.home}/supervisor.ini"]

    def status_command(self):
        return [superd_program("superctl"), "-c", f"{self.home}/supervisor.ini", "status"]


class Runit(Rival):
    name = "runit"
    package = "runit"
    tools = ["runsvdir", "runsv", "sv", "svlogd"]

    def version(self):
        for name in self.tools:
            tool(name)
        return _output("dpkg-query", "-W", "-f", "${Version}", self.package)

    def services(self):
        return self.home / "services"

    def configure(self, programs):
        self.programs = programs
        for program in programs:
            service = self.services() / program.name
            self._script(service / "run", " ".join(program.command))
            if program.logged:
                self._script(service / "log" / "run", self.logger(program))
        # runsvdir does not trust a directory that was changed within the second, and waits.
        os.utime(self.services(), (1, 1))

    def _script(self, path, command):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\nexec {command}\n")
        path.chmod(0o755)

    def logger(self, program):
        folder = self.log_folder(program)
        (folder / "config").write_text(f"s{program.rotate_at}\nn{program.kept_files}\n")
        return f"{tool('svlogd')} {folder}"

    def command(self):
        return [tool("runsvdir"), str(self.services())]

    def status_command(self):
        return [tool("sv"), "status", *(f"{self.services()}/{program.name}" for program in self.programs)]

    def count_running(self, report):
        return sum(line.startswith("run:") for line in report.splitlines())

    def stop(self, daemon):
        daemon.send_signal(signal.SIGHUP)

    def log_files(self, program):
        # The names of rotated files are instants, so they sort; `current` is the newest.
        folder = self.home / "log" / program.name
        return sorted(folder.glob("@*")) + [folder / "current"]


class S6(Runit):
    name = "s6"
    package = "s6"
    tools = ["s6-svscan", "s6-supervise", "s6-svstat", "s6-log"]

    def logger(self, program):
        return f"{tool('s6-log')} n{program.kept_files} s{program.rotate_at} {self.log_folder(program)}"

    def command(self):
        return [tool("s6-svscan"), "-c", "4000", str(self.services())]

    def status_command(self):
        # There is no tool of s6 that reports on more than one service.
        return ["/bin/sh", "-c", f"for service in {self.services()}/*; do s6-svstat $service; done"]

    def count_running(self, report):
        return sum(line.startswith("up ") for line in report.splitlines())

    def stop(self, daemon):
        daemon.terminate()


class Loop(Rival):
    """The least that starts programs and starts them again: a loop in C. Nothing can be asked of it."""

    name = "C loop"

    def configure(self, programs):
        program, mode, board = programs[0].command[:3]
        self.arguments = [program, "loop", board, str(len(programs)), mode]

    def command(self):
        return self.arguments


class Cat(Rival):
    """The least that puts a program's output into a file."""

    name = "cat"

    def configure(self, programs):
        (program,) = programs
        self.line = f"{' '.join(program.command)} | cat > {self.log_folder(program)}/out.log"

    def command(self):
        return ["/bin/sh", "-c", self.line]


SUPERVISORS = {rival.name: rival for rival in (Superd, Supervisor, Runit, S6)}
