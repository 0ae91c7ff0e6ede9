"""FortiGate's log: key=value lines."""

from __future__ import annotations

from engine.model import LogSource
from tests.logs.case import Case

CHANGES = [
    ("Add", "system.admin"), ("Edit", "system.admin"), ("Add", "firewall.address"), ("Delete", "firewall.address"),
    ("Add", "firewall.policy"), ("Edit", "firewall.policy"), ("Add", "user.local"), ("Edit", "user.group"),
    ("Add", "user.group"), ("Add", "vpn.ssl.web.portal"), ("Edit", "vpn.ssl.settings"), ("Add", "router.static"),
]  # fmt: skip
HEAD = 'date=2024-05-01 time=12:00:{:02} devname="fw1" devid="FG100" eventtime={} tz="+0200" logid="0100044547" '
EVENT = HEAD + 'type="event" subtype="system" level="information" vd="root" logdesc="Object attribute configured" '
TRAFFIC = HEAD + 'type="traffic" subtype="forward" srcip=198.51.100.7 dstip=192.0.2.1 action="{}" service="HTTPS" '


def text() -> bytes:
    out = []
    for number, (action, path) in enumerate(CHANGES, 1):
        start = EVENT.format(number, (1714557600 + number) * 10**9)
        out.append(
            f'{start}user="admin" ui="GUI(198.51.100.7)" action="{action}" cfgpath="{path}" cfgobj="x" msg="a \\"b\\""'
        )
    for number, action in enumerate(["accept", "deny", "close", "timeout", "Add", "accept", "accept", "deny"], 13):
        out.append(TRAFFIC.format(number, (1714557600 + number) * 10**9, action) + 'cfgpath="system.admin"')
    return "\n".join(out).encode()


CASE = Case(
    text=text(),
    ref="fortigate.log",
    kinds={LogSource("fortigate", "event"): 12, LogSource("fortigate", "traffic"): 8},
    glance={
        1: ("admin", "GUI(198.51.100.7)", "Object attribute configured"),
        13: ("198.51.100.7", "198.51.100.7", "accept"),
    },
    time="2024-05-01T10:00:01Z",
    fires={
        "fortinet_fortigate_new_admin_account_created": [1],
        "fortinet_fortigate_new_firewall_address_object": [3],
        "fortinet_fortigate_new_firewall_policy_added": [5],
        "fortinet_fortigate_new_local_user_created": [7],
        "fortinet_fortigate_new_vpn_ssl_web_portal": [10],
        "fortinet_fortigate_user_group_modified": [8],
        "fortinet_fortigate_vpn_ssl_settings_modified": [11],
    },
    own={"{msg: 'a \"b\"', cfgpath: router.static}": [12], "{timestamp: '2024-05-01T12:00:14+0200'}": [14]},
)
