"""Which system calls a program in the sandbox may make: a table, and the seccomp filter made of it.

A list of what is denied, not of what is allowed, because Python and numpy need hundreds of calls. It closes the doors
into large parts of the kernel (namespaces, mounts, bpf, io_uring, keys, other processes, sockets), and every call that
is newer than this table.
"""
from __future__ import annotations

import os
import struct
from collections.abc import Iterable

NEWEST = 449                      # later calls look to the program as if the kernel were older
EPERM, ENOSYS = 1, 38
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}       # column below, AUDIT_ARCH

# name: its number on x86_64 and on aarch64; None where it does not exist
NUMBERS: dict[str, tuple[int | None, int | None]] = {
    # other roots, other namespaces, other users
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setregid": (114, 143),
    "setresuid": (117, 147), "setresgid": (119, 149), "setfsuid": (122, 151), "setfsgid": (123, 152),
    "setgroups": (116, 159), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "mknod": (133, None), "mknodat": (259, 33),
    # the inside of other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    "migrate_pages": (256, 238), "move_pages": (279, 239),
    # the machine
    "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None), "syslog": (103, 116), "acct": (163, 89),
    "quotactl": (179, 60), "quotactl_fd": (443, 443), "settimeofday": (164, 170), "adjtimex": (159, 171),
    "clock_settime": (227, 112), "clock_adjtime": (305, 266), "sethostname": (170, 161), "setdomainname": (171, 162),
    "vhangup": (153, 58), "lookup_dcookie": (212, 18), "fanotify_init": (300, 262), "uselib": (134, None),
    "inotify_init": (253, None), "inotify_init1": (294, 26),
    # parts of the kernel with a history, which no exercise needs
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219),
    # memory that belongs to no process, so no limit would count it
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "msgget": (68, 186),
    "semget": (64, 190), "mq_open": (240, 180),
    # what a program may do to processes and files of its own user that it cannot open
    "fork": (57, None), "vfork": (58, None), "tkill": (200, 130), "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setaffinity": (203, 122), "sched_setattr": (314, 274),
    "sched_setparam": (142, 118), "sched_setscheduler": (144, 119), "connect": (42, 203), "bind": (49, 200),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "chown": (92, None), "fchown": (93, 55),
    "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None), "futimesat": (261, None),
    "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16), "truncate": (76, 45),
    # allowed or not by what they are asked to do
    "clone": (56, 220), "clone3": (435, 435), "socket": (41, 198), "socketpair": (53, 199), "ioctl": (16, 29),
    "fcntl": (72, 25), "prctl": (157, 167), "prlimit64": (302, 261), "kill": (62, 129), "tgkill": (234, 131),
}
_NAMES = list(NUMBERS)
NEVER = _NAMES[:_NAMES.index("fork")]
NEVER_NARROW = [*NEVER, *_NAMES[_NAMES.index("fork"):_NAMES.index("clone")]]

_NAMESPACES = 0x7E020000          # every CLONE_NEW* that clone knows
_THREAD = 0x00010000
_UNIX, _STREAM = 1, 1
_TERMINAL = {0x5412, 0x541C}      # TIOCSTI, TIOCLINUX: type into the terminal of whoever started the server
_OWNERS = {0x8901, 0x8902}        # FIOSETOWN, SIOCSPGRP: have the kernel signal another process
_LEASE = 1024                     # F_SETLEASE
_OWNER = {8, 10, 15}              # F_SETOWN, F_SETSIG, F_SETOWN_EX: again, signals to other processes
_DIE_WITH_PARENT = 1              # PR_SET_PDEATHSIG


def wide_filter() -> bytes:
    """For a program in namespaces of its own: it may start processes and signal what it can see."""
    rules = Filter()
    rules.deny(NEVER)
    rules.deny(["clone3"], ENOSYS)                      # its flags cannot be seen; C libraries then use clone
    rules.only("clone", 0, _NAMESPACES, {0})
    rules.only("socket", 0, 0xFFFFFFFF, {_UNIX})
    rules.never("ioctl", 1, _TERMINAL)
    rules.never("fcntl", 1, {_LEASE})                   # whoever opens the file must wait for the holder of a lease
    return rules.finish()


def narrow_filter(pid: int) -> bytes:
    """For a program that shares its namespaces with the server: one process for ever, that reaches no other one."""
    rules = Filter()
    rules.deny([*NEVER_NARROW, "socket"])
    rules.deny(["clone3"], ENOSYS)
    rules.only("clone", 0, _NAMESPACES | _THREAD, {_THREAD})
    rules.only("socketpair", 1, 0xF, {_STREAM})         # a pair of datagram sockets can send to any other socket
    rules.only("kill", 0, 0xFFFFFFFF, {pid})
    rules.only("tgkill", 0, 0xFFFFFFFF, {pid})
    rules.only("prlimit64", 0, 0xFFFFFFFF, {0, pid})
    rules.never("ioctl", 1, _TERMINAL | _OWNERS)
    rules.never("fcntl", 1, _OWNER | {_LEASE})
    rules.never("prctl", 0, {_DIE_WITH_PARENT})
    return rules.finish()


class Filter:
    """A seccomp program under construction. What no rule denies is allowed."""

    def __init__(self) -> None:
        machine = os.uname().machine
        if machine not in _ARCHITECTURES:
            raise NotImplementedError(f"system calls of {machine} are not in the table")
        self._column, architecture = _ARCHITECTURES[machine]
        self._code = [_LOAD(4), _EQUAL(architecture, 1, 0), _RETURN(_KILL),
                      _LOAD(0), _AT_LEAST(NEWEST + 1, 0, 1), _RETURN(_ERROR | ENOSYS)]      # x32 calls, too

    def deny(self, names: Iterable[str], error: int = EPERM) -> None:
        for number in filter(None, (NUMBERS[name][self._column] for name in names)):
            self._code += [_EQUAL(number, 0, 1), _RETURN(_ERROR | error)]

    def only(self, name: str, argument: int, mask: int, values: set[int]) -> None:
        """Deny `name` unless (argument & mask) is one of `values`."""
        self._rule(name, argument, mask, values, listed=_ALLOW, others=_ERROR | EPERM)

    def never(self, name: str, argument: int, values: set[int]) -> None:
        """Deny `name` when the argument is one of `values`."""
        self._rule(name, argument, 0xFFFFFFFF, values, listed=_ERROR | EPERM, others=_ALLOW)

    def _rule(self, name: str, argument: int, mask: int, values: set[int], listed: int, others: int) -> None:
        number = NUMBERS[name][self._column]
        assert number is not None, name
        # The lower half is all the kernel itself looks at in these arguments: they are 32 bits wide, or flags.
        body = [_LOAD(16 + 8 * argument), _AND(mask)]
        for value in sorted(values):
            body += [_EQUAL(value, 0, 1), _RETURN(listed)]
        body.append(_RETURN(others))
        self._code += [_EQUAL(number, 0, len(body)), *body]

    def finish(self) -> bytes:
        return b"".join([*self._code, _RETURN(_ALLOW)])


_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000


def _LOAD(offset: int) -> bytes:
    """32 bits into the accumulator, of (number, architecture, address, arguments)."""
    return struct.pack("HBBI", 0x20, 0, 0, offset)


def _AND(mask: int) -> bytes:
    return struct.pack("HBBI", 0x54, 0, 0, mask)


def _EQUAL(value: int, skip_if: int, skip_else: int) -> bytes:
    return struct.pack("HBBI", 0x15, skip_if, skip_else, value)


def _AT_LEAST(value: int, skip_if: int, skip_else: int) -> bytes:
    return struct.pack("HBBI", 0x35, skip_if, skip_else, value)


def _RETURN(action: int) -> bytes:
    return struct.pack("HBBI", 0x06, 0, 0, action)
