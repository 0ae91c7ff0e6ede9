"""Syslog, as /var/log has it: RFC 3164, with the date in the file's name; some of RFC 5424, Cisco's and FortiGate's."""

from __future__ import annotations

from engine.model import LogSource
from tests.logs.case import Case

HOST = "May  1 10:00:{:02} web1 "
LINES = [
    "sshd[411]: Accepted publickey for ann from 198.51.100.7 port 50000 ssh2",
    "sshd[412]: fatal: buffer_get_string: bad string",
    "sshd[413]: Failed password for root from 198.51.100.7 port 50001 ssh2",
    "sudo:      ann : TTY=pts/0 ; PWD=/home/ann ; USER=#-1 ; COMMAND=/usr/bin/id",
    "sudo:      ann : TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/usr/bin/id",  # near
    "crontab[500]: (ann) REPLACE (ann)",
    "CRON[501]: (root) CMD (run-parts /etc/cron.hourly)",
    "crontab[502]: (ann) LIST (ann)",  # near
    "kernel: [ 12.3] [UFW BLOCK] IN=eth0 OUT= SRC=198.51.100.7 DST=192.0.2.1 PROTO=TCP SPT=50000 DPT=23",
    "systemd[1]: Started Session 3 of user ann.",
    "named[600]: client 198.51.100.7#53: zone transfer 'example.com/AXFR/IN': denied AXFR from 198.51.100.7",
    "named[601]: dispatch: dropping source port zero packet from 198.51.100.7",
    "init: stopping iptables",
    "clamd[700]: /tmp/x: Trojan.Linux.Example FOUND",
    "clamd[701]: /tmp/y: OK",  # near
    "vsftpd[800]: Connection refused: too many sessions for this address.",
    "guacd[900]: User 2 joined connection (2 users now present)",
    "su: pam_unix(su:session): session opened for user root by ann(uid=1000)",
    "last message repeated 2 times",
]
OTHERS = [
    '<165>1 2024-05-01T10:01:00.003Z web1 app 42 ID47 [x@32473 iut="3" who="a\\]b"] hello',
    "<189>29: *May  1 10:01:01.123 UTC: %SYS-5-CONFIG_I: Configured from console: no logging trap",
    "<189>May  1 10:01:02 fw1 devname=fw1 devid=FG100 logid=0100044547 type=event eventtime=1714557662000000000"
    + ' logdesc="Object attribute configured" user=admin ui=https(198.51.100.7) action=Add cfgpath=system.admin',
]
TEXT = "".join(f"{HOST.format(number)}{line}\n" for number, line in enumerate(LINES, 1)) + "\n".join(OTHERS) + "\n"
LINUX = {service: LogSource("linux", service) for service in
         ("sshd", "sudo", "cron", "syslog", "clamav", "vsftpd", "guacamole", "auth")}  # fmt: skip
CASE = Case(
    text=TEXT.encode(),
    ref="messages-20240502",
    kinds={LINUX["sshd"]: 3, LINUX["sudo"]: 2, LINUX["cron"]: 3, LINUX["syslog"]: 7, LINUX["clamav"]: 2,
           LINUX["vsftpd"]: 1, LINUX["guacamole"]: 1, LINUX["auth"]: 1, LogSource("cisco", "syslog"): 1,
           LogSource("fortigate", "event"): 1},
    glance={3: ("web1", "web1", "Failed password for root from 198.51.100.7 port 50001 ssh2"),
            22: ("admin", "https(198.51.100.7)", "Object attribute configured")},
    time="2024-05-01T10:00:01Z",
    fires={
        "cisco_cli_disable_logging": [21],
        "fortinet_fortigate_new_admin_account_created": [22],
        "lnx_clamav_relevant_message": [14],
        "lnx_cron_crontab_file_modification": [6],
        "lnx_guacamole_susp_guacamole": [17],
        "lnx_sshd_susp_ssh": [2],
        "lnx_sudo_exploit_cve_2019_14287": [4],
        "lnx_syslog_security_tools_disabling_syslog": [13],
        "lnx_syslog_susp_named": [11, 12],
        "lnx_vsftpd_susp_error_messages": [16],
    },
    own={"{SRC: 198.51.100.7, DPT: 23}": [9], "{USER: root}": [5], "{x@32473.who: 'a]b'}": [20],
         "{cfgpath: system.admin}": [22], "{app_name: SSHD, procid: 413}": [3]},
)  # fmt: skip
