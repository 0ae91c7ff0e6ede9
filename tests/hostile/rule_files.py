"""Hostile rule files: each with what is said of it; "" is a rule that can be used, and run.

Where a fault is said, it is said with a place, and the rules beside it are used all the same.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["HUGE", "SMALL", "sigma"]

Case = tuple[Callable[[], str | bytes], str]


def sigma(selection: str, condition: str = "s", before: str = "") -> str:
    """A rule with one selection, which is text in YAML's flow style."""
    head = f"{before}title: t\nlogsource: {{product: aws, service: cloudtrail}}\n"
    return f"{head}detection:\n  s: {selection}\n  condition: {condition}\n"


def _aliases(levels: int) -> str:
    """Lists that hold the one before ten times."""
    rows = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, levels)]
    return "a0: &a0 [" + "x, " * 10 + "]\n" + "".join(rows)


def _many(count: int, text: str) -> str:
    return ", ".join(text.format(number) for number in range(count))


SMALL: dict[str, Case] = {
    "regex-that-explodes": (lambda: sigma("{f|re: '(a+)+$'}"), ""),
    "regex-that-explodes-twice": (lambda: sigma("{f|re: '^(([a-z])+.)+[A-Z]([a-z])+$'}"), ""),
    "regex-of-a-million-copies": (lambda: sigma("{f|re: '((a{100}){100}){100}'}"), "invalid repetition size"),
    "regex-of-1000-alternatives": (lambda: sigma("{f|re: '" + "|".join(f"x{n}" for n in range(1_000)) + "'}"), ""),
    "regex-deep-in-brackets": (lambda: sigma("{f|re: '" + "(" * 5_000 + ")" * 5_000 + "'}"), ""),
    "regex-of-900-groups": (lambda: sigma("{f|re: '" + "(" * 900 + ")" * 900 + "b'}"), ""),
    "regex-never-closed": (lambda: sigma("{f|re: '[a'}"), "missing ]"),
    "wildcards-10000": (lambda: sigma("{f: '" + "*a" * 10_000 + "'}"), ""),
    "single-wildcards-10000": (lambda: sigma("{f: '" + "?" * 10_000 + "*b'}"), ""),
    "dashes-10000": (lambda: sigma("{f|windash|contains: '" + " -a" * 10_000 + "'}"), "more than 100 dashes"),
    "list-of-20000": (lambda: sigma(f"{{f: [{_many(20_000, 'v{}')}]}}"), ""),
    "list-of-networks": (lambda: sigma(f"{{f|cidr: [{_many(256, '10.{}.0.0/16')}]}}"), ""),
    "modifiers-1000": (lambda: sigma("{? f" + "|contains" * 1_000 + " : x}"), ""),
    "name-of-5000-parts": (lambda: sigma("{? " + "a." * 5_000 + "b : x}"), "more than 100 parts"),
    "name-of-dots": (lambda: sigma("{'a..b.': x, '.': y, '..': z}"), ""),
    "name-with-signs": (lambda: sigma('{? \'a\\b"c\' : x, "d\\ne\\0" : y}'), ""),
    "name-is-a-number": (lambda: sigma("{123: x, 1e5: y, 0x1f: z}"), ""),
    "name-is-empty": (lambda: sigma("{'': x}"), ""),
    "name-is-null": (lambda: sigma("{~: x}"), "a key is empty"),
    "name-is-a-list": (lambda: sigma("{[a, b]: x}"), "a key is a list or mapping"),
    "name-twice": (lambda: sigma("{f: x, f: y}"), 'the key "f" stands twice'),
    "key-of-the-rule-twice": (lambda: sigma("{f: x}") + "title: another\n", 'the key "title" stands twice'),
    "deep-lists": (lambda: sigma("{f: " + "[" * 10_000 + "]" * 10_000 + "}"), "nested deeper"),
    "deep-dashes": (lambda: sigma("\n    f:\n      " + "- " * 10_000 + "x"), "nested deeper"),
    "deep-blocks": (lambda: "".join(f"{' ' * n}a:\n" for n in range(1_000)), "nested deeper"),
    "deep-selections": (lambda: sigma("[" * 60 + "{f: x}" + "]" * 60), ""),
    "alias-bomb": (lambda: sigma("{f: *a8}", before=_aliases(9)), "aliases expand"),
    "alias-bomb-of-text": (
        lambda: sigma(f"{{f: [{', '.join(['*a'] * 5_000)}]}}", before=f"a: &a {'x' * 10_000}\n"),
        "aliases expand",
    ),
    "alias-bomb-of-merges": (
        lambda: sigma("{<<: [" + ", ".join(["*a"] * 2_000) + "]}", before="a: &a {" + _many(100, "k{}: 1") + "}\n"),
        "aliases expand",
    ),
    "alias-in-itself": (lambda: "&a {title: t, <<: *a}", "inside the value it names"),
    "alias-of-nothing": (lambda: sigma("{f: *gone}"), "undefined alias"),
    "lone-surrogate": (lambda: sigma('{f: "\\ud800"}'), "invalid Unicode"),
    "nul": (lambda: sigma('{f: "a\\0b"}'), ""),
    "nul-as-it-is": (lambda: sigma("{f: 'a\0b'}"), "control characters"),
    "not-a-number": (lambda: sigma("{f: .nan}"), "not a number that a log can hold"),
    "infinity": (lambda: sigma("{f|gt: -.inf}"), "not a number that a log can hold"),
    "integer-of-65-bits": (lambda: sigma("{f: 18446744073709551616, g|gte: -9223372036854775809}"), ""),
    "integer-of-100000-digits": (lambda: sigma("{f: " + "9" * 100_000 + "}"), "more than 1,000 digits"),
    "integer-of-100000-hex-digits": (lambda: sigma("{f: 0x" + "f" * 100_000 + "}"), "more than 1,000 digits"),
    "exponent-of-nine-digits": (lambda: sigma("{f: 1e999999999, g|lt: -1e-999999999}"), ""),
    "fraction-of-100000-digits": (lambda: sigma("{f|gt: 0." + "1" * 100_000 + "}"), ""),
    "condition-of-10000-names": (lambda: sigma("{f: x}", " or ".join(["s"] * 10_000)), ""),
    "condition-of-10000-nots": (lambda: sigma("{f: x}", "not " * 10_001 + "s"), ""),
    "condition-of-10000-brackets": (lambda: sigma("{f: x}", "(" * 10_000 + "s" + ")" * 10_000), "nested deeper"),
    "condition-of-stars": (lambda: sigma("{f: x}", "1 of " + "*s" * 25 + "x"), ""),
    "fields-1000": (lambda: sigma("{" + _many(1_000, "f{}: x") + "}"), ""),
    "list-of-20001": (lambda: sigma(f"{{f: [{_many(20_001, 'v{}')}]}}"), "more than 20,000 values"),
    "selections-5000": (
        lambda: sigma("{f: x}\n" + "".join(f"  s{n}: {{f{n % 50}: x}}\n" for n in range(5_000)), "1 of s*"),
        "",
    ),
    "byte-order-mark": (lambda: sigma("{f: x}").encode("utf-8-sig"), ""),
    "utf-16": (lambda: sigma("{f: x}").encode("utf-16"), ""),
    "utf-32": (lambda: sigma("{f: x}").encode("utf-32"), "broken YAML"),
    "latin-1": (lambda: sigma("{f: \xe9}").encode("latin-1"), "the file is not UTF-8"),
    "every-byte": (lambda: b"title: " + bytes(range(256)), "the file is not UTF-8"),
    "gzip": (lambda: b"\x1f\x8b\x08\0\0\0\0\0\0\3" + bytes(100), "the file is not UTF-8"),
    "tag-of-python": (lambda: sigma("!!python/object/apply:os.system ['true']"), "means nothing in a rule"),
    "title-is-a-list": (lambda: sigma("{f: x}").replace("title: t", "title: [a]"), "title is not text"),
}

HUGE: dict[str, Case] = {
    "list-of-a-million": (lambda: sigma(f"{{f: [{_many(1_000_000, 'v{}')}]}}"), "more than 20,000 values"),
    "list-of-a-million-inside": (
        lambda: sigma(f"{{f|contains: [{_many(1_000_000, 'v{}')}]}}"),
        "more than 20,000 values",
    ),
    "text-of-50-megabytes": (lambda: sigma("{f: " + "x" * 50_000_000 + "}"), ""),
    "text-of-100-megabytes": (lambda: sigma("{f: " + "x" * 100_000_000 + "}"), "holds more than 64 MiB"),
    "fifty-megabytes-of-rules": (
        lambda: "---\n".join(
            sigma(f"{{f: a{n % 500}}}").replace("title: t", f"title: t{n}" + " " * 230) for n in range(150_000)
        ),
        "",
    ),
    "selections-100000": (
        lambda: sigma("{f: x}\n" + "".join(f"  s{n}: {{f{n}: x}}\n" for n in range(100_000)), "1 of s*"),
        "more than 1,000 fields",
    ),
    "networks-20000": (lambda: sigma("{f|cidr: [" + _many(20_000, "2001:db8::{:x}/128") + "]}"), ""),
    "regexes-20000": (lambda: sigma("{f|re: [" + _many(20_000, "'^x{}.*y$'") + "]}"), ""),
    "regex-of-100000-alternatives": (lambda: sigma("{f|re: '" + "|".join(f"x{n}" for n in range(100_000)) + "'}"), ""),
}
