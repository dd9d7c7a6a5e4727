"""The servers of `rolling`: how each is started, how its workers are replaced, and which processes are its workers."""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import processes
from rivals import BUILD, superd_program, tool

VENV = BUILD / "servers"
PACKAGES = ["uvicorn[standard]", "gunicorn", "hypercorn", "granian", "supervisor"]
HERE = Path(__file__).parent
# How long a server may take to replace its workers.
PATIENCE = 60


def install():
    """Installs the Python servers into an environment of their own."""
    ready = VENV / "ready"
    if ready.exists():
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
    pip = [VENV / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *PACKAGES], check=True)
    ready.touch()


def versions():
    listed = subprocess.run([VENV / "bin" / "pip", "list", "--format=freeze"], capture_output=True, text=True, check=True)
    known = dict(line.split("==") for line in listed.stdout.lower().splitlines() if "==" in line)
    names = [package.partition("[")[0] for package in PACKAGES]
    nginx = subprocess.run([tool("nginx"), "-v"], capture_output=True, text=True, check=True).stderr.strip()
    superd = subprocess.run([superd_program("superd"), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return [f"superd {superd}", *(f"{name} {known[name]}" for name in names), nginx.replace("nginx version: ", "")]


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"not within {PATIENCE} s: {what}")
        time.sleep(0.005)


class Server:
    """A server with a pool of two workers, or what comes nearest to it."""

    name = ""
    handlers = ("/", "/slow")

    def __init__(self, home, port):
        self.home = home
        self.port = port

    def command(self):
        raise NotImplementedError

    def workers(self):
        """The pids of the processes that serve, for `kill -9`."""
        raise NotImplementedError

    def roll(self):
        """Replaces all workers; returns when the old ones have gone and new ones serve."""
        raise NotImplementedError

    def start(self):
        with open(self.home / "output", "wb") as output:
            self.main = subprocess.Popen(
                self.command(), cwd=HERE, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=self.environment()
            )

    def environment(self):
        return {**os.environ, "PATH": f"{VENV}/bin:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}

    def complaints(self):
        return "\n".join(path.read_text(errors="replace")[-1000:] for path in (self.home / "output", self.home / "web.log") if path.exists())


class UnderSuperd(Server):
    """Two processes of a program of superd, replaced with `superctl roll`."""

    lines = ()

    def command(self):
        self.prepare()
        lines = [
            "[supervisord]",
            f"logfile={self.home}/main.log",
            f"pidfile={self.home}/superd.pid",
            f"childlogdir={self.home}",
            "[unix_http_server]",
            f"file={self.home}/control.sock",
            "[supervisorctl]",
            f"serverurl=unix://{self.home}/control.sock",
            "[program:web]",
            "numprocs=2",
            "process_name=%(program_name)s_%(process_num)d",
            f"stdout_logfile={self.home}/web.log",
            "redirect_stderr=true",
            "autorestart=true",
            "stopwaitsecs=40",
            *(line.format(port=self.port, home=self.home, superweb=superd_program("superweb")) for line in self.lines),
        ]
        (self.home / "superd.ini").write_text("\n".join(lines) + "\n")
        return [superd_program("superd"), "-n", "-c", f"{self.home}/superd.ini"]

    def prepare(self):
        """Writes what the server needs beside its command."""

    def superctl(self, *words):
        line = [superd_program("superctl"), "-c", f"{self.home}/superd.ini", *words]
        return subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE)

    def roll(self):
        result = self.superctl("roll", "web:*")
        if result.returncode != 0 or result.stdout.count("replaced") != 2:
            raise RuntimeError(f"superctl roll: {result.stdout}{result.stderr}")

    def workers(self):
        mains = [int(pid) for pid in self.superctl("pid", "web:*").stdout.split() if pid != "0"]
        return mains + [pid for main in mains for pid in processes.children(main)]


SOCKET = "socket=tcp://127.0.0.1:{port}"


class Uvicorn(UnderSuperd):
    name = "uvicorn"
    lines = (SOCKET, "command=uvicorn rolling_app:asgi --fd %(socket_fd)s --no-access-log", "ready=line:Uvicorn running")


class Gunicorn(UnderSuperd):
    name = "gunicorn, 16 threads"
    # It finds the socket in LISTEN_FDS; --preload makes it say READY=1 only when the application is loaded.
    lines = (SOCKET, "command=gunicorn rolling_app:wsgi --preload --workers 1 --threads 16 --no-control-socket", "ready=notify")


class GunicornASGI(UnderSuperd):
    name = "gunicorn -k asgi"
    lines = (SOCKET, "command=gunicorn rolling_app:asgi -k asgi --preload --workers 1 --no-control-socket", "ready=notify")


class Hypercorn(UnderSuperd):
    name = "hypercorn"
    lines = (SOCKET, "command=hypercorn rolling_app:asgi --workers 0 --bind fd://%(socket_fd)s", "ready=line:Running on")


class Granian(UnderSuperd):
    name = "granian, own SO_REUSEPORT sockets"
    lines = (
        "restart_mode=rolling",
        "command=granian --interface asgi --host 127.0.0.1 --port {port} rolling_app:asgi",
        "ready=line:Started worker",
    )


class Nginx(UnderSuperd):
    name = "nginx, files"
    handlers = ("/",)
    lines = (
        SOCKET,
        'environment=NGINX="%(socket_fd)s;"',
        'command=nginx -p {home} -c {home}/nginx.conf -g "pid nginx-%(process_num)d.pid;"',
        "ready=line:start worker process ",
        "stopsignal=QUIT",
    )

    def prepare(self):
        site = self.home / "site"
        site.mkdir()
        (site / "index.html").write_text("hello\n")
        self.home.chmod(0o755)
        temporary = "".join(f"{kind}_temp_path {self.home}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.home / "nginx.conf").write_text(
            f"daemon off; worker_processes 1; error_log stderr notice; events {{}}\n"
            f"http {{ access_log off; {temporary} keepalive_requests 1000000; server {{ listen 127.0.0.1:{self.port};\n"
            f"root {site}; add_header X-Pid $pid; }} }}\n"
        )


class Superweb(UnderSuperd):
    name = "superweb, files"
    handlers = ("/",)
    lines = (SOCKET, "command={superweb} {home}/site", "ready=line:listening on")

    def prepare(self):
        site = self.home / "site"
        site.mkdir()
        (site / "index.html").write_text("hello\n")


class ByHangup(Server):
    """A server with a master of its own that replaces its workers on SIGHUP."""

    words = ""

    def command(self):
        return self.words.format(port=self.port).split()

    def workers(self):
        # Python's multiprocessing has a helper beside the workers.
        return [pid for pid in processes.children(self.main.pid) if b"resource_tracker" not in _command_line(pid)]

    def roll(self):
        old = self.workers()
        self.main.send_signal(signal.SIGHUP)

        def is_done():
            if self.main.poll() is not None:
                raise RuntimeError(f"{self.name} has ended")
            now = self.workers()
            return len(now) == len(old) and not set(now) & set(old)

        wait_until(is_done, f"new workers of {self.name}")


def _command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


class GunicornAlone(ByHangup):
    name = "gunicorn, 16 threads: HUP"
    words = "gunicorn rolling_app:wsgi --workers 2 --threads 16 --no-control-socket --bind 127.0.0.1:{port}"


class UvicornAlone(ByHangup):
    name = "uvicorn --workers: HUP"
    words = "uvicorn rolling_app:asgi --workers 2 --port {port} --no-access-log"


class GranianAlone(ByHangup):
    name = "granian: HUP"
    words = "granian --interface asgi --workers 2 --respawn-failed-workers --host 127.0.0.1 --port {port} rolling_app:asgi"


class UnderSupervisor(Server):
    """One uvicorn with its own port: what Supervisor can restart."""

    name = "uvicorn under Supervisor: restart"

    def command(self):
        lines = [
            "[supervisord]",
            f"logfile={self.home}/main.log",
            f"pidfile={self.home}/main.pid",
            f"childlogdir={self.home}",
            "[unix_http_server]",
            f"file={self.home}/control.sock",
            "[rpcinterface:supervisor]",
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
            "[supervisorctl]",
            f"serverurl=unix://{self.home}/control.sock",
            "[program:web]",
            f"command=uvicorn rolling_app:asgi --port {self.port} --no-access-log",
            f"stdout_logfile={self.home}/web.log",
            "redirect_stderr=true",
            "autorestart=true",
        ]
        (self.home / "supervisor.ini").write_text("\n".join(lines) + "\n")
        return [f"{VENV}/bin/supervisord", "-n", "-c", f"{self.home}/supervisor.ini"]

    def workers(self):
        return list(processes.children(self.main.pid))

    def roll(self):
        line = [f"{VENV}/bin/supervisorctl", "-c", f"{self.home}/supervisor.ini", "restart", "web"]
        result = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE, env=self.environment())
        if "web: started" not in result.stdout:
            raise RuntimeError(f"supervisorctl restart: {result.stdout}{result.stderr}")


SERVERS = {
    "superweb": Superweb,
    "nginx": Nginx,
    "uvicorn": Uvicorn,
    "gunicorn": Gunicorn,
    "gunicorn-asgi": GunicornASGI,
    "hypercorn": Hypercorn,
    "granian": Granian,
    "gunicorn-hup": GunicornAlone,
    "uvicorn-hup": UvicornAlone,
    "granian-hup": GranianAlone,
    "supervisor": UnderSupervisor,
}


class Running:
    """A server with a folder of its own, from its start to the certain end of all its processes."""

    def __init__(self, make):
        self.make = make

    def __enter__(self):
        self.home = Path(tempfile.mkdtemp(prefix="superd-bench-"))
        self.server = None
        try:
            self.server = self.make(self.home, _free_port())
            self.server.start()
        except BaseException:
            self.__exit__()
            raise
        return self.server

    def __exit__(self, *_):
        main = getattr(self.server, "main", None)
        processes.end_everything([main] if main else [])
        shutil.rmtree(self.home)


def _free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]
