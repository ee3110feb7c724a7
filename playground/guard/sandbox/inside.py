"""From an ordinary process to one that can do no harm, step by step; then the program takes its place.

Runs in a child of `launch.py`. Two ways: `run_wide` in namespaces of its own, `run_narrow` where there are none.
Whatever fails raises, before the program has started.
"""
from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

from playground.guard.sandbox import calls, kernel
from playground.guard.sandbox.names import OUT_OF_MEMORY, PROGRAM

TYPE_CHECKING = False             # typing itself would take longer to load than all of this
if TYPE_CHECKING:
    from playground.guard.sandbox.job import Job, Limits

NOBODY = 65534
FOLDER = "/work"                  # where the program lives, and the only place it can write to
PACKAGES = "/packages"
SET_UP, RUNNING, ENDED, FAILED = b"s", b"r", b"x", b"!"      # what is written to the status pipe

# Tells that Python is up, then is the program. The traceback shows the program's own frames only.
BOOTSTRAP = f"""
def start():
    import os, sys
    status, *packages = sys.argv[1:]
    def failed(kind, value, trace):
        trace = trace and trace.tb_next and trace.tb_next.tb_next
        sys.__excepthook__(kind, value.with_traceback(trace), trace)
        if issubclass(kind, MemoryError):
            os._exit({OUT_OF_MEMORY})
    with open({PROGRAM!r}, "rb") as file:
        source = file.read()
    sys.excepthook, sys.argv = failed, [{PROGRAM!r}]
    sys.path = [os.getcwd(), *sys.path, *packages]
    names = sys.modules["__main__"].__dict__
    names["__file__"] = {PROGRAM!r}
    del names["start"]
    os.write(int(status), {RUNNING!r})
    os.close(int(status))
    exec(compile(source, {PROGRAM!r}, "exec", dont_inherit=True), names)
start()
"""


def run_wide(job: Job, status: int) -> None:
    """As process 1 of its process namespace: shut the doors, start the program, wait for it. Never returns normally.

    When process 1 ends, the kernel ends every other process of the namespace; nothing can stay behind.
    """
    root = os.geteuid() == 0
    os.setsid()
    _first_to_go()
    stdin = _sealed(job["stdin"])
    kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS)
    kernel.name_machine("sandbox")
    # kept open, because /proc is gone when it is needed
    myself = os.open("/proc/self", os.O_PATH | os.O_DIRECTORY)
    _build_root(job)
    if root:
        _become_nobody()
        kernel.unshare(kernel.CLONE_NEWUSER)             # its own count of processes
        map_users(myself, NOBODY, NOBODY)
    os.close(myself)
    write(job["files"], FOLDER)
    os.chdir(FOLDER)
    _limit(job["limits"])
    _lower(resource.RLIMIT_NPROC, job["limits"]["processes"] + (1 if root else 2))       # this one; a user's launcher
    kernel.gain_nothing()
    kernel.set_dumpable(False)
    kernel.die_with_parent(signal.SIGKILL)
    os.write(status, SET_UP)                             # fails if the parent died before it could be noticed
    if kernel.landlock_version():                        # the mounts do it already; this is the second lock
        kernel.restrict_files(["/"], [FOLDER, "/dev"])
    kernel.filter_calls(calls.wide_filter())
    program = os.fork()
    if program == 0:
        packages = [f"{PACKAGES}/{index}" for index, _ in enumerate(job["packages"])]
        _become_python(stdin, status, packages, FOLDER)
    _close_all_but(status)
    while True:                                          # orphans of the namespace come here to be buried
        pid, how = os.wait()
        if pid == program:
            os.write(status, ENDED + str(how).encode())
            os._exit(0)


def run_narrow(job: Job, status: int, folder: str) -> None:
    """As the program itself, in one process for ever, reading `folder` and Python and writing nothing."""
    os.setsid()
    if kernel.landlock_version() < 3:                    # before, opening a file to read could still empty it
        raise kernel.KernelRefused("Landlock 3 (Linux 6.2) is needed where namespaces are not available")
    _first_to_go()
    stdin = _sealed(job["stdin"])
    if os.geteuid() == 0:
        _become_nobody()
    os.chdir(folder)
    _limit(job["limits"])
    kernel.gain_nothing()
    kernel.set_dumpable(False)
    kernel.die_with_parent(signal.SIGKILL)
    os.write(status, SET_UP)
    readable = [path for path in [folder, *_python(), *_libraries(), *job["packages"]] if os.path.exists(path)]
    devices = [path for path in _DEVICES if os.path.exists(path)]
    kernel.restrict_files(readable, devices)
    kernel.filter_calls(calls.narrow_filter(os.getpid()))
    _become_python(stdin, status, job["packages"], folder)


def map_users(proc: int, user: int, group: int) -> None:
    """In a new user namespace there is one user, NOBODY, who is `user` to everybody else. `proc`: /proc/self."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"{NOBODY} {user} 1"), ("gid_map", f"{NOBODY} {group} 1")):
        file = os.open(name, os.O_WRONLY, dir_fd=proc)
        try:
            os.write(file, text.encode())
        finally:
            os.close(file)


def write(files: dict[str, bytes], folder: str) -> None:
    """Put files, by relative path, into an empty folder."""
    for name, content in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as file:
            file.write(content)


# ---------------------------------------------------------------- a root of its own
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")


def _build_root(job: Job) -> None:
    """A root with Python, its libraries, four devices and one small folder, all of it in memory."""
    kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
    # Every Linux has /proc, and nothing that is shown lies below it. Only this process sees it covered.
    root = "/proc"
    flags = kernel.MS_NOSUID | kernel.MS_NODEV
    kernel.mount("tmpfs", root, "tmpfs", flags, "size=1m,nr_inodes=512,mode=755")
    shown: list[str] = []
    for path in [*_libraries(), *_python()]:
        if os.path.islink(path):
            os.makedirs(os.path.dirname(root + path), exist_ok=True)
            os.symlink(os.readlink(path), root + path)
        elif os.path.exists(path) and not any(f"{path}/".startswith(f"{each}/") for each in shown):
            _show(path, root + path, kernel.READ_ONLY | kernel.NO_SUID | kernel.NO_DEV)
            shown.append(path)
    for index, path in enumerate(job["packages"]):
        _show(path, f"{root}{PACKAGES}/{index}", kernel.READ_ONLY | kernel.NO_SUID | kernel.NO_DEV)
    for path in _DEVICES:
        _show(path, root + path, kernel.NO_SUID | kernel.NO_EXEC)
    os.mkdir(root + FOLDER)
    owner = NOBODY                                       # also what a normal user is called in here
    kernel.mount("tmpfs", root + FOLDER, "tmpfs", flags | kernel.MS_NOEXEC,
                 f"size={job['limits']['disk_bytes']},nr_inodes=4096,mode=700,uid={owner},gid={owner}")
    for path in ("/tmp", "/dev/shm"):
        os.symlink(FOLDER, root + path)
    kernel.make_root(root)
    kernel.protect("/", kernel.READ_ONLY, whole_tree=False)


def _show(source: str, target: str, attributes: int) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o444))
    kernel.mount(source, target, "", kernel.MS_BIND | kernel.MS_REC)
    kernel.protect(target, attributes)


def _python() -> list[str]:
    """The interpreter and its standard library: never the virtual environment, never a whole home folder."""
    return [sys.executable, *(os.path.join(sys.base_prefix, name) for name in ("lib", "lib64"))]


def _libraries() -> list[str]:
    return ["/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache"]


# ---------------------------------------------------------------- steps
def _become_nobody() -> None:
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    kernel.set_dumpable(True)                            # else /proc/self still belongs to root


def _limit(limits: Limits) -> None:
    seconds = int(limits["seconds"]) + 2                 # the clock of launch.py comes first; this holds without it
    for kind, value in (
        (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_FSIZE, limits["disk_bytes"]), (resource.RLIMIT_NOFILE, limits["open_files"]),
        (resource.RLIMIT_CORE, 0), (resource.RLIMIT_MEMLOCK, 0), (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_SIGPENDING, 64), (resource.RLIMIT_RTPRIO, 0), (resource.RLIMIT_NICE, 0),
    ):
        _lower(kind, value)
    os.nice(10)                                          # the server answers first


def _lower(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def _first_to_go() -> None:
    """If the machine runs out of memory, the kernel should end the program and not the server."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:
        pass                                             # a help for the machine, no part of the isolation


def _sealed(content: bytes) -> int:
    """A file without a name that can be read only. Programs cannot make one: they could hide memory in it."""
    file = os.memfd_create("stdin", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with os.fdopen(os.dup(file), "wb") as writer:
        writer.write(content)
    os.lseek(file, 0, os.SEEK_SET)
    add_seals, all_seals = 1033, 0xF                     # F_ADD_SEALS; fcntl would be one more module to load
    if ctypes.CDLL(None).fcntl(file, add_seals, all_seals) != 0:
        raise kernel.KernelRefused("a file in memory could not be sealed")
    return file


def _become_python(stdin: int, status: int, packages: list[str], folder: str) -> None:
    os.dup2(stdin, 0)                                    # what was there is the launcher's own
    os.set_inheritable(status, True)
    environment = {"HOME": folder, "TMPDIR": folder, "PATH": "", "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1",
                   "OPENBLAS_NUM_THREADS": "1"}
    # -u: what a program printed before it was stopped is kept
    os.execve(sys.executable, [sys.executable, "-I", "-S", "-B", "-u", "-X", "utf8", "-c", BOOTSTRAP, str(status),
                               *packages], environment)


def _close_all_but(status: int) -> None:
    os.closerange(0, status)
    os.closerange(status + 1, 1024)
