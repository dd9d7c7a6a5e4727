"""What has to be there before anything is measured."""
import resource
import signal
import subprocess
import sys
from pathlib import Path

import processes
from rivals import BUILD

SUPERVISOR_VERSION = "4.3.0"


def prepare(rivals):
    """Compiles the programs, installs Supervisor if it takes part, and sees to it that all is ended in the end."""
    BUILD.mkdir(parents=True, exist_ok=True)
    source = Path(__file__).with_name("program.c")
    compile_line = ["cc", "-O2", "-Wall", "-static", "-o", BUILD / processes.PROGRAM, source]
    subprocess.run(compile_line, check=True)
    if "Supervisor" in rivals:
        _install_supervisor()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    processes.become_subreaper()
    # TERM ends the harness as Ctrl-C does: through the ends of its sessions, which end what they have started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def _install_supervisor():
    venv = BUILD / "venv"
    ready = venv / f"supervisor-{SUPERVISOR_VERSION}"
    if ready.exists():
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
    pip = [venv / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, f"supervisor=={SUPERVISOR_VERSION}"], check=True)
    ready.touch()
