"""Programs that try to get out, to see something, to break something or to stay. Each attack has a control: without the
sandbox it works.

Everything runs in up to four situations: as root and as a normal user, with namespaces and, as in most containers,
without. Started as a program this file is the server that runs programs in one of them.
"""
from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from playground.errors import InvalidRequest
from playground.guard.sandbox import calls, kernel
from playground.guard.sandbox.run import Limits, Outcome, Sandbox, probe
from playground.types import CancelToken

ROOT = Path(__file__).resolve().parent.parent
USER = 64321                      # a normal user who owns nothing
AS_ROOT = os.geteuid() == 0
SECRET = "the secret of the server"
SITUATIONS = [*(["root", "root narrow"] if AS_ROOT else []), "user", "user narrow"]
QUICK = Limits(seconds=5, memory_mb=256, processes=8)


# ---------------------------------------------------------------- the server in another situation
def serve(situation: str) -> None:
    """Reads one job per line, answers with one outcome per line."""
    if "narrow" in situation or "bare" in situation:       # what a container's own filter does
        calls.NUMBERS["landlock_create_ruleset"] = (444, 444)
        rules = calls.Filter()
        rules.deny(["unshare"] + ["landlock_create_ruleset"] * ("bare" in situation))
        kernel._prctl(38, 1)                               # no new privileges; keeps the capabilities of root
        kernel.filter_calls(rules.finish())
    for line in sys.stdin:
        job = json.loads(line)
        sandbox = Sandbox(Limits(**job.pop("limits")), packages=job.pop("packages"))
        print(json.dumps(asdict(sandbox.run(**job))), flush=True)


def show_python() -> None:
    """Python and this project may lie in root's home folder: show a normal user those two, in this process alone."""
    paths = [sys.base_prefix, str(ROOT)]
    ways = {path: [str(each) for each in reversed(Path(path).parents)] for path in paths}
    closed = {next(filter(lambda each: not os.stat(each).st_mode & 1, way), "") for way in ways.values()} - {""}
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
    places = [os.open(path, os.O_PATH) for path in paths]
    for folder in closed:
        kernel.mount("tmpfs", folder, "tmpfs", 0, "mode=755")
        for path, place in zip(paths, places, strict=True):
            if folder in ways[path]:
                os.makedirs(path, exist_ok=True)
                kernel.mount(f"/proc/self/fd/{place}", path, "", kernel.MS_BIND | kernel.MS_REC)


def drop_root() -> None:
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)


class Server:
    """Runs programs in one situation. `pid` is what the programs may try to reach."""

    def __init__(self, situation: str) -> None:
        self.situation = situation
        self._process = subprocess.Popen(
            [sys.executable, __file__, situation], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={"PYTHONPATH": str(ROOT), "SECRET_TOKEN": SECRET, "PYTHONDONTWRITEBYTECODE": "1"})
        self.pid = self._process.pid

    @property
    def narrow(self) -> bool:
        return "narrow" in self.situation

    def run(self, code: str, limits: Limits = QUICK, *, packages: bool = False, **more: Any) -> Outcome:
        assert self._process.stdin and self._process.stdout
        job = {"code": code, "limits": asdict(limits), "packages": packages, **more}
        started = time.monotonic()
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the server died"
        assert time.monotonic() - started < limits.seconds + 5, "the answer came late"
        return Outcome(**json.loads(line))

    def close(self) -> None:
        self._process.communicate(timeout=10)
        assert self._process.returncode == 0


@pytest.fixture(scope="module", params=SITUATIONS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    server = Server(request.param)
    outcome = server.run("print(1)", Limits(seconds=30))
    if outcome.status == "unavailable":
        server.close()
        pytest.skip(outcome.reason)
    assert outcome.isolation == ("one process" if server.narrow else "namespaces")
    yield server
    server.close()


@pytest.fixture(scope="module")
def outside() -> Iterator[Path]:
    """A folder that everybody may read and write, so that nothing but the sandbox is in the way."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / ".ssh").mkdir()
        for path in (folder / ".ssh" / "id_ed25519", folder / "secret.txt"):
            path.write_text(SECRET)
            path.chmod(0o666)
        for path in (folder, folder / ".ssh"):
            path.chmod(0o777)
        yield folder


def without_sandbox(code: str) -> str:
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=30,
                          env={"SECRET_TOKEN": SECRET})
    return done.stdout


def eventually(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + 20
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    return true()


def running(mark: str) -> bool:
    """Whether a process has `mark` among its arguments."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in path.read_bytes():
                return True
        except OSError:
            continue
    return False


# ---------------------------------------------------------------- what a program may do
def test_a_program_runs_with_input_files_and_the_standard_library(server: Server):
    code = ("import sys, json, decimal, helper.words\nprint('é', file=sys.stderr)\n"
            "print(input(), helper.words.WORD, open('data/x.txt').read(), __name__, sys.argv)")
    outcome = server.run(code, stdin="first\nsecond", files={"helper/words.py": "WORD = 'hi'", "data/x.txt": "42"})
    assert (outcome.status, outcome.stdout, outcome.stderr) == ("ok", "first hi 42 __main__ ['program.py']\n", "é\n")
    assert (outcome.exit_code, outcome.truncated, outcome.reason) == (0, False, "")
    assert 0 < outcome.seconds < 5


@pytest.mark.parametrize(("code", "stderr", "exit_code"), [
    ("x = 1\nx / 0", 'Traceback (most recent call last):\n  File "program.py", line 2, in <module>\n    x / 0\n'
                     "    ~~^~~\nZeroDivisionError: division by zero\n", 1),
    ("def f(:", "", 1),
    ("import sys; sys.exit(7)", "", 7),
    ("'\ud800'", "", 1),
    ("a\0b", "", 1),
])
def test_a_program_that_fails_is_an_error_with_its_own_traceback(code, stderr, exit_code):
    outcome = Sandbox().run(code)
    assert (outcome.status, outcome.exit_code, outcome.reason) == ("error", exit_code, "")
    if sys.version_info >= (3, 11):
        assert stderr in outcome.stderr
    assert "<string>" not in outcome.stderr.partition("Error")[0] and "start" not in outcome.stderr


def test_a_program_can_use_its_folder_and_start_processes(server: Server):
    if server.narrow:
        pytest.skip("neither is possible in one process")
    code = """
import multiprocessing, os, pathlib, shutil, subprocess, sys, tempfile
pathlib.Path("a").write_text("1"); shutil.copy("a", "b"); os.makedirs("c/d"); os.rename("b", "c/d/b")
tempfile.TemporaryFile().write(b"x")
print(subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, text=True).stdout.strip())
with multiprocessing.Pool(2) as pool:
    print(pool.map(abs, [-1, -2]), os.listdir("c/d"))
"""
    outcome = server.run(code)
    assert (outcome.status, outcome.stdout) == ("ok", "42\n[1, 2] ['b']\n"), outcome


def test_installed_packages_are_there_only_when_asked_for(server: Server):
    code = "import sympy, numpy\nprint(sympy.integrate(sympy.Symbol('x') * 2), numpy.linalg.det(numpy.eye(50)))"
    outcome = server.run(code, Limits(seconds=20), packages=True)
    assert (outcome.status, outcome.stdout) == ("ok", "x**2 1.0\n"), outcome
    assert "No module named 'sympy'" in server.run(code).stderr


# ---------------------------------------------------------------- seeing something
def reads(*paths: str) -> str:
    return (f"import os\nfor path in {list(paths)!r}:\n try:\n  print('GOT', path, os.listdir(path) if"
            " os.path.isdir(path) else open(path, 'rb').read(1))\n except OSError: pass\nprint('done')")


def test_no_file_or_process_outside_can_be_read(server: Server, outside: Path):
    pids = ("1", "self", "thread-self", str(server.pid), str(os.getpid()))
    code = reads("/etc/passwd", "/etc/shadow", "/etc/hostname", "/proc", "/sys", "/home", "/root", "/var/log", "/boot",
                 str(Path.home()), str(outside / ".ssh"), str(outside / ".ssh/id_ed25519"), str(outside / "secret.txt"),
                 str(ROOT), str(ROOT / "pyproject.toml"), str(ROOT / "playground/settings.py"), sys.prefix,
                 "/proc/self/cwd/../etc/passwd", "/proc/self/root" + "/etc/passwd", "../../../../../etc/passwd",
                 "/dev/mem", "/dev/kmsg", "/dev/vda", "/dev/sda", "/run", *(f"/proc/{pid}/{name}" for pid in pids
                                                              for name in ("environ", "mem", "maps", "cmdline", "fd")))
    outcome = server.run(code)
    to_python = Path(sys.base_prefix)      # the folders on the way to it exist, with nothing else in them
    steps = zip(to_python.parents, reversed(to_python.parts), strict=False)
    way = [f"GOT {folder} {[part]!r}" for folder, part in steps]
    got = [line for line in outcome.stdout.splitlines() if line.startswith("GOT") and line not in way]
    assert (outcome.status, got) == ("ok", []), outcome
    control = without_sandbox(code)
    for path in ("/etc/passwd", str(outside / ".ssh/id_ed25519"), "/proc/self/environ", str(ROOT / "pyproject.toml")):
        assert f"GOT {path}" in control


def test_no_secret_of_the_environment_is_inherited(server: Server):
    code = "import os; print(dict(os.environ))"
    assert SECRET in without_sandbox(code)
    outcome = server.run(code)
    assert outcome.status == "ok" and SECRET not in outcome.stdout and "PYTHONPATH" not in outcome.stdout


def test_no_open_file_of_the_server_is_inherited(server: Server):
    code = """
import os
for number in range(3, 64):
    try: print("GOT", number, os.fstat(number))
    except OSError: pass
try: os.write(0, b"x")
except OSError: print("input cannot be written")
"""
    assert server.run(code).stdout == "input cannot be written\n"


def test_there_is_no_network(server: Server):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        code = f"""
import socket
def attempt(name, what):
    try: print("GOT", name, what())
    except OSError as error: pass
attempt("tcp", lambda: socket.create_connection({listener.getsockname()}, 1))
attempt("udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", {listener.getsockname()}))
attempt("listen", lambda: socket.create_server(("127.0.0.1", 0)))
attempt("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
attempt("ipv6", lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).connect(("::1", 9)))
attempt("netlink", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))
attempt("vsock", lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM))
attempt("packet", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
attempt("crypto", lambda: socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET))
attempt("dns", lambda: socket.getaddrinfo("example.org", 80))
print("done")
"""
        outcome = server.run(code)
        assert (outcome.status, outcome.stdout) == ("ok", "done\n"), outcome
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):
            listener.accept()
        assert "GOT tcp" in without_sandbox(code)


def test_sockets_of_other_programs_on_this_machine_cannot_be_reached(server: Server, outside: Path):
    path, abstract = str(outside / "socket"), "\0sandbox-test-" + os.urandom(8).hex()
    datagrams = (socket.AF_UNIX, socket.SOCK_DGRAM)
    with socket.socket(*datagrams) as one, socket.socket(*datagrams) as two:
        one.bind(path)
        os.chmod(path, 0o777)
        two.bind(abstract)
        code = f"""
import socket
for address in ({path!r}, {abstract!r}):
    for make in (lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM),
                 lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0]):
        try: print("GOT", make().sendto(b"x", address))
        except OSError: pass
"""
        outcome = server.run(code)
        assert (outcome.status, outcome.stdout) == ("ok", ""), outcome
        assert without_sandbox(code).count("GOT") == 4
        Path(path).unlink()


# ---------------------------------------------------------------- changing something
def test_nothing_outside_can_be_written_not_even_by_links(server: Server, outside: Path):
    target, folder = str(outside / "secret.txt"), str(outside)
    code = f"""
import os, sys
def attempt(name, what):
    try: what(); print("GOT", name)
    except OSError: pass
attempt("write", lambda: open({target!r}, "w"))
attempt("create", lambda: open({folder!r} + "/new", "w"))
attempt("truncate", lambda: os.truncate({target!r}, 0))
attempt("chmod", lambda: os.chmod({target!r}, 0o777))
attempt("utime", lambda: os.utime({target!r}))
attempt("xattr", lambda: os.setxattr({target!r}, "user.x", b"1"))
attempt("remove", lambda: os.remove({target!r}))
attempt("mkdir", lambda: os.mkdir({folder!r} + "/sub"))
attempt("hardlink", lambda: os.link({target!r}, "hard"))
attempt("rename", lambda: os.rename({target!r}, "moved"))
for name in ({target!r}, "/etc/passwd", "/proc/self/environ"):
    try: os.symlink(name, "soft")
    except OSError: pass
    attempt("read through a link", lambda: open("soft").read())
    attempt("write through a link", lambda: open("soft", "a"))
    try: os.unlink("soft")
    except OSError: pass
for library in (os.__file__, sys.executable, *[path for path in sys.path if "packages" in path]):
    attempt("library " + library, lambda: open(library + ("/x" if os.path.isdir(library) else ""), "ab"))
    if os.path.isfile(library):
        attempt("empty " + library, lambda: os.open(library, os.O_RDONLY | os.O_TRUNC))
    attempt("chmod " + library, lambda: os.chmod(library, 0o777))
for name in ("/x", "/usr/lib/x", "/dev/x", "/var/x"):
    attempt("create " + name, lambda: open(name, "w"))
print("done")
"""
    before = os.stat(target)
    outcome = server.run(code, packages=True)
    assert (outcome.status, outcome.stdout) == ("ok", "done\n"), outcome
    after = os.stat(target)
    assert (after.st_mode, after.st_mtime_ns, after.st_ctime_ns) == (before.st_mode, before.st_mtime_ns,
                                                                   before.st_ctime_ns)
    assert sorted(os.listdir(outside)) == [".ssh", "secret.txt"] and Path(target).read_text() == SECRET


def test_no_process_outside_can_be_signalled(server: Server):
    code = f"""
import os, resource, signal
def attempt(name, what):
    try: what(); print("GOT", name)
    except OSError: pass
own = os.getppid() == 1                # then process 1 is the sandbox's own, and has to survive
for pid in {{ {server.pid}, os.getppid() }}:
    attempt("pidfd", lambda: signal.pidfd_send_signal(os.pidfd_open(pid), 9) or own and pid == 1 and os.kill(-5, 0))
    if not own or pid != 1:
        attempt("kill", lambda: os.kill(pid, 9))
        attempt("limits", lambda: resource.prlimit(pid, resource.RLIMIT_CPU, (1, 1)))
        attempt("priority", lambda: os.setpriority(os.PRIO_PROCESS, pid, 19))
        attempt("group", lambda: os.killpg(pid, 9))
if own: os.kill(1, 9)                  # the kernel drops it
attempt("everybody", lambda: os.kill(-1, 9 if own else 0))        # alone in its namespace: nobody to signal
print("done")
"""
    outcome = server.run(code)
    assert (outcome.status, outcome.stdout) == ("ok", "done\n"), outcome
    assert server.run("print('still here')").stdout == "still here\n"


def test_calls_into_the_closed_parts_of_the_kernel_are_refused(server: Server):
    column = calls._ARCHITECTURES[os.uname().machine][0]
    names = [*(calls.NEVER_NARROW if server.narrow else calls.NEVER), "clone3"]
    numbers = {name: number for name in names if (number := calls.NUMBERS[name][column])}
    more = {"newer": calls.NEWEST + 1, "newest": 2000, "x32": 0x40000000 + 39}
    code = f"""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for name, number in {numbers | more!r}.items():
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(0)] * 6)
    print(name, result, ctypes.get_errno())
for flag in (0x10000000, 0x20000, 0x20000000, 0x40000000):
    print("clone", libc.syscall(ctypes.c_long({calls.NUMBERS['clone'][column]}), ctypes.c_long(flag | 17),
                                *[ctypes.c_long(0)] * 4), ctypes.get_errno())
for become in (os.setuid, os.setgid):
    try: become(0)
    except PermissionError: print("nobody")
"""
    refused = [f"{name} -1 {38 if name == 'clone3' else 1}" for name in numbers]
    outcome = server.run(code)
    assert outcome.stdout.splitlines() == [*refused, *(f"{name} -1 38" for name in more), *["clone -1 1"] * 4,
                                           "nobody", "nobody"], outcome


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the machine code below is for x86_64")
def test_calls_of_the_32_bit_interface_end_the_program(server: Server):
    code = """
import ctypes, mmap
page = mmap.mmap(-1, 4096, prot=7)
page.write(bytes.fromhex("b814000000cd80c3"))              # mov eax, 20 (getpid); int 0x80; ret
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
print("GOT it")
"""
    outcome = server.run(code)
    assert (outcome.status, outcome.stdout, outcome.reason) == ("killed", "", "It was ended by SIGSYS.")


@pytest.mark.parametrize(("machine", "header", "pattern"), [
    ("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h", r"#define __NR_(\w+) (\d+)"),
    ("aarch64", "/usr/include/asm-generic/unistd.h", r"#define __NR(?:3264)?_(\w+) (\d+)"),
])
def test_the_table_has_the_numbers_of_the_kernel(machine, header, pattern):
    if not Path(header).exists():
        pytest.skip("the kernel's headers are not installed")
    known = {name: int(number) for name, number in re.findall(pattern, Path(header).read_text())}
    column = calls._ARCHITECTURES[machine][0]
    for name, numbers in calls.NUMBERS.items():
        if numbers[column] is not None:
            assert known.get(name, numbers[column]) == numbers[column], name
        else:
            assert name not in known


# ---------------------------------------------------------------- taking everything
@pytest.mark.parametrize("code", [
    "print('begin')\nwhile True: pass",
    "import time\nprint('begin')\ntime.sleep(60)",
    "from signal import *\nfor n in set(range(1, 32)) - {9, 19}: signal(n, SIG_IGN)\nprint('begin')\npause()",
    "import os\nprint('begin')\nwhile True:\n try: os.fork()\n except OSError: pass",
], ids=["loops", "sleeps", "ignores signals", "forks"])
def test_a_program_that_never_ends_is_ended_and_its_output_kept(server: Server, code: str):
    outcome = server.run(code, Limits(seconds=0.4, processes=8, memory_mb=128))
    assert (outcome.status, outcome.reason) == ("timeout", "It took longer than 0.4 s.")
    assert (outcome.stdout, outcome.exit_code) == ("begin\n", None)
    assert 0.4 <= outcome.seconds < 5


@pytest.mark.parametrize("code", [
    "bytearray(10 << 30)", "x = [0]\nwhile True: x += x", "print('x' * (10 << 30))",
    "import mmap\nmaps = [mmap.mmap(-1, 1 << 30) for _ in range(10)]",
], ids=["at once", "bit by bit", "in text", "mapped"])
def test_ten_gigabytes_are_refused(server: Server, code: str):
    outcome = server.run(code, Limits(seconds=5, memory_mb=128))
    if "mmap" in code:
        assert outcome.status in ("error", "memory") and "annot allocate memory" in outcome.stderr
    else:
        assert (outcome.status, outcome.reason) == ("memory", "It needed more than 128 MB.")


def test_processes_together_get_no_more_memory_than_one(server: Server):
    if server.narrow:
        pytest.skip("there is only one process")
    code = "import os, time\nfor _ in range(4):\n if os.fork() == 0: break\nx = bytearray(40 << 20)\ntime.sleep(60)"
    outcome = server.run(code, Limits(seconds=5, memory_mb=96, processes=8))
    assert (outcome.status, outcome.reason) == ("memory", "It used more than 96 MB.")


def test_endless_output_is_cut_off_and_the_program_ended(server: Server):
    for stream in ("stdout", "stderr"):
        outcome = server.run(f"import sys\nwhile True: sys.{stream}.write('x' * 100000)", Limits(output_kb=16))
        assert (outcome.status, outcome.truncated) == ("killed", True)
        assert outcome.reason == "It printed more than 16 kB; the rest was cut off."
        assert len(outcome.stdout if stream == "stdout" else outcome.stderr) == 16 << 10


def test_the_disk_cannot_be_filled(server: Server):
    code = """
import os
written = 0
for index in range(10000):
    try:
        with open(f"f{index}", "wb", 0) as file:
            for _ in range(3): written += file.write(bytes(1 << 20))
    except OSError: break
try: open("/dev/shm/x", "wb", 0).write(bytes(1 << 21))
except OSError: print(written >> 20)
"""
    outcome = server.run(code, Limits(disk_mb=8))
    assert outcome.status == "ok", outcome
    assert int(outcome.stdout) == (0 if server.narrow else 7)     # and the program itself


def test_files_left_open_and_threads_are_counted(server: Server):
    outcome = server.run("files = [open('program.py') for _ in range(100000)]", Limits(open_files=32))
    assert outcome.status == "error" and "Too many open files" in outcome.stderr
    code = ("import threading, time\nthreading.stack_size(65536)\nfor _ in range(500):\n"
            " threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\ntime.sleep(60)")
    outcome = server.run(code, Limits(seconds=3, processes=8))
    if server.narrow:
        assert (outcome.status, outcome.reason) == ("killed", "It had more than 8 processes and threads.")
    else:
        assert outcome.status == "error" and "can't start new thread" in outcome.stderr


# ---------------------------------------------------------------- staying
def test_a_daemon_is_gone_when_the_program_is(server: Server):
    mark = "sandbox-test-" + os.urandom(8).hex()
    code = f"""
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)", {mark!r}])
    os._exit(0)
os.wait()
print("left it behind")
"""
    started = time.monotonic()
    outcome = server.run(code)
    assert time.monotonic() - started < 5
    if server.narrow:
        assert outcome.status == "error" and "Operation not permitted" in outcome.stderr
    else:
        assert (outcome.status, outcome.stdout) == ("ok", "left it behind\n")
    assert not running(mark)


SLEEPER = """
import os, signal, subprocess, sys
for number in set(range(1, 32)) - {9, 17, 19}: signal.signal(number, signal.SIG_IGN)
sleep = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)", MARK]
subprocess.Popen(sleep)
os.execv(sys.executable, sleep)
"""


def test_when_the_server_is_killed_the_program_dies_too():
    mark = "sandbox-test-" + os.urandom(8).hex()
    with sleeping(mark) as server:
        server.send_signal(signal.SIGKILL)
        assert eventually(lambda: not running(mark))


def test_when_the_launcher_is_killed_the_program_dies_too_and_does_not_run_again():
    mark = "sandbox-test-" + os.urandom(8).hex()
    with sleeping(mark) as server:
        launcher, = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        os.kill(int(launcher), signal.SIGKILL)
        assert server.stdout
        outcome = json.loads(server.stdout.read())
        assert (outcome["status"], outcome["reason"]) == ("killed", "Its launcher was ended.")
        assert eventually(lambda: not running(mark))


@contextmanager
def sleeping(mark: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command, while its program sleeps in two processes that ignore all signals."""
    server = subprocess.Popen([sys.executable, "-m", "playground.guard.sandbox", "--seconds", "30"], cwd=ROOT,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin and server.stdout
    with server:
        server.stdin.write(SLEEPER.replace("MARK", repr(mark)).encode())
        server.stdin.close()
        assert eventually(lambda: running(mark))
        yield server


def test_cancelling_ends_everything_at_once():
    mark = "sandbox-test-" + os.urandom(8).hex()
    cancel, outcomes = CancelToken(), []
    code = SLEEPER.replace("MARK", repr(mark))
    thread = threading.Thread(target=lambda: outcomes.append(Sandbox(Limits(seconds=60)).run(code, cancel=cancel)))
    thread.start()
    assert eventually(lambda: running(mark))
    cancel.cancel()
    thread.join(5)
    assert not running(mark)
    assert (outcomes[0].status, outcomes[0].reason) == ("killed", "It was stopped.")
    assert Sandbox().run("print(1)", cancel=cancel).status == "killed"      # not even started


def test_the_server_keeps_its_files_threads_and_children():
    def held() -> tuple[int, int, str]:
        children = "".join(path.read_text() for path in Path("/proc/self/task").glob("*/children"))
        return len(os.listdir("/proc/self/fd")), threading.active_count(), children

    sandbox = Sandbox(Limits(seconds=0.3, output_kb=1))
    sandbox.run("")
    before, folders = held(), {each for each in os.listdir(tempfile.gettempdir()) if each.startswith("sandbox-")}
    for code in ("print(1)", "while True: pass", "print('x' * 100000)", "1 / 0", "import os; os.kill(os.getpid(), 9)"):
        sandbox.run(code)
    assert held() == before
    assert {each for each in os.listdir(tempfile.gettempdir()) if each.startswith("sandbox-")} <= folders


def test_other_threads_go_on_and_programs_do_not_mix():
    sandbox, outcomes = Sandbox(Limits(seconds=20)), {}
    code = "import os, time\nopen('x', 'w').write('{0}')\ntime.sleep(0.2)\nprint('{0}' * 1000, os.listdir('.'))"

    def work(index: int) -> None:
        outcomes[index] = sandbox.run(code.replace("{0}", str(index)))

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    ticks = 0
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.005)
        ticks += 1
    assert ticks >= 10
    for index, outcome in outcomes.items():
        assert outcome.stdout == f"{str(index) * 1000} ['x', 'program.py']\n" or "'program.py', 'x'" in outcome.stdout
    assert len(outcomes) == 4


# ---------------------------------------------------------------- the door itself
def test_without_any_isolation_the_program_is_not_run(outside: Path):
    for situation in ("root bare", "user bare") if AS_ROOT else ("user bare",):
        server = Server(situation)
        outcome = server.run(f"print(1); open({str(outside / 'ran')!r}, 'w')")
        server.close()
        assert (outcome.status, outcome.stdout, outcome.isolation) == ("unavailable", "", "none")
        assert outcome.reason.startswith("This machine offers no way to isolate programs (namespaces: unshare: ")
        assert not (outside / "ran").exists()


def test_a_sandbox_that_works_says_nothing_when_probed():
    assert probe() == ""


def test_the_command_prints_one_line_of_json():
    done = subprocess.run([sys.executable, "-m", "playground.guard.sandbox", "--seconds", "10", "--memory-mb", "200"],
                          input="import sys\nprint('a\\nb')\nprint('c', file=sys.stderr)", text=True, cwd=ROOT,
                          capture_output=True, timeout=60)
    assert done.returncode == 0 and done.stdout.count("\n") == 1
    told = json.loads(done.stdout)
    assert (told["status"], told["stdout"], told["stderr"]) == ("ok", "a\nb\n", "c\n")
    assert 0 < told["seconds"] < 10


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", "", ".", "program.py", "a//b", "a\0b", "x" * 300])
def test_a_file_outside_of_the_folder_is_refused_by_name(name):
    with pytest.raises(InvalidRequest):
        Sandbox().run("", files={name: ""})


def test_what_cannot_fit_is_refused_before_anything_starts():
    with pytest.raises(InvalidRequest, match="'a' cannot be a file and the folder of 'a/b'"):
        Sandbox().run("", files={"a": "", "a/b": ""})
    with pytest.raises(InvalidRequest, match="524,288 bytes in 500 files are allowed"):
        Sandbox(Limits(disk_mb=1)).run("#" * (1 << 20))
    with pytest.raises(InvalidRequest, match="memory_mb must be between 64 and 16384, got 1"):
        Limits(memory_mb=1)


if __name__ == "__main__":
    if os.geteuid() == 0 and "ready" not in sys.argv:
        show_python()
        if "user" in sys.argv[1]:
            drop_root()
        os.execv(sys.executable, [sys.executable, __file__, sys.argv[1], "ready"])
    serve(sys.argv[1])
