"""What the sandbox asks of Linux and Python's standard library does not offer: a thin layer over system calls.

Imports nothing but ctypes, os and struct: it is loaded for every program that runs.
"""
from __future__ import annotations

import ctypes
import os
import struct

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
READ_ONLY, NO_SUID, NO_DEV, NO_EXEC = 1, 2, 4, 8       # MOUNT_ATTR_*
MNT_DETACH = 2

# These have one number on every architecture.
_MOUNT_SETATTR, _LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 442, 444, 445, 446
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_AT_RECURSIVE = 0x8000
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38

_libc = ctypes.CDLL(None, use_errno=True)


class KernelRefused(Exception):
    """Raised when a system call fails; the message names it and the kernel's reason."""


def _check(what: str, result: int) -> int:
    if result < 0:
        raise KernelRefused(f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def _call(what: str, number: int, *arguments: int | bytes) -> int:
    return _check(what, _libc.syscall(ctypes.c_long(number), *(
        ctypes.c_long(each) if isinstance(each, int) else ctypes.c_char_p(each) for each in arguments)))


def unshare(flags: int) -> None:
    _check("unshare", _libc.unshare(flags))


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    _check(f"mount {target}", _libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags),
                                          options.encode()))


def protect(path: str, attributes: int, *, whole_tree: bool = True) -> None:
    """Add mount attributes. Unlike a remount it never has to repeat, and cannot lose, those that are set already."""
    _call(f"mount_setattr {path}", _MOUNT_SETATTR, -100, path.encode(), _AT_RECURSIVE if whole_tree else 0,
          struct.pack("QQQQ", attributes, 0, 0, 0), 32)


def make_root(path: str) -> None:
    """Make `path` the root of this mount namespace and forget everything else of it."""
    os.chdir(path)
    _call("pivot_root", _PIVOT_ROOT[os.uname().machine], b".", b".")
    _check("umount", _libc.umount2(b".", MNT_DETACH))      # the old root lies on top of the new one
    os.chdir("/")


def name_machine(name: str) -> None:
    """In a namespace of its own: the real name may say whose machine it is."""
    _check("sethostname", _libc.sethostname(name.encode(), ctypes.c_size_t(len(name))))


def die_with_parent(number: int) -> None:
    """Get signal `number` when the thread that started this process ends. A change of user would forget it again."""
    _prctl(_PR_SET_PDEATHSIG, number)


def set_dumpable(yes: bool) -> None:
    """Whether /proc/self belongs to this user, and processes of the same user may look inside."""
    _prctl(_PR_SET_DUMPABLE, int(yes))


def gain_nothing() -> None:
    """Give up all capabilities, and never get one back by running a program."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    header = struct.pack("Ii", 0x20080522, 0)              # _LINUX_CAPABILITY_VERSION_3, this process
    _check("capset", _libc.capset(ctypes.c_char_p(header), ctypes.c_char_p(bytes(24))))


def filter_calls(program: bytes) -> None:
    """Apply a seccomp filter to this process and all that come from it. Needs gain_nothing."""
    code = ctypes.create_string_buffer(program, len(program))
    where = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    _check("seccomp", _libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(2), ctypes.c_char_p(where), ctypes.c_ulong(0),
                                  ctypes.c_ulong(0)))


def _prctl(option: int, value: int) -> None:
    _check("prctl", _libc.prctl(option, *(ctypes.c_ulong(each) for each in (value, 0, 0, 0))))


# ---------------------------------------------------------------- Landlock
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE, _IOCTL = 1, 2, 4, 8, 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL


def landlock_version() -> int:
    """0 where the kernel has no Landlock."""
    return max(0, _libc.syscall(ctypes.c_long(_LANDLOCK_CREATE), None, ctypes.c_long(0), ctypes.c_long(1)))


def restrict_files(readable: list[str], writable: list[str]) -> None:
    """Allow reading and running below `readable`, writing too below `writable`, and nothing else that opens a path.

    TCP and signals to processes outside are denied as well where the version knows them (4 and 6).
    Needs gain_nothing. Not covered by Landlock: stat, chmod and other calls that take a path and open nothing.
    """
    version = landlock_version()
    if not version:
        raise KernelRefused("the kernel has no Landlock")
    every = (1 << 13) - 1 | (1 << 13 if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0) | (
        _IOCTL if version >= 5 else 0)
    rules = struct.pack("QQQ", every, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = _call("landlock", _LANDLOCK_CREATE, rules[:size], size, 0)
    for paths, rights in ((readable, _EXECUTE | _READ_FILE | _READ_DIR), (writable, every)):
        for path in paths:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            rights_here = rights & every & (every if os.path.isdir(path) else _OF_FILES)
            _call(f"landlock {path}", _LANDLOCK_ADD, ruleset, 1, struct.pack("=Qi", rights_here, place), 0)
            os.close(place)
    _call("landlock", _LANDLOCK_RESTRICT, ruleset, 0)
    os.close(ruleset)
