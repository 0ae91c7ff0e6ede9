# ruff: noqa: E501
"""Bugs in notifiers, templates, dialects and redaction."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

ADDRESSES = "engine/notifiers/_addresses.py"
HTTP = "engine/notifiers/_http.py"
CALLS = "engine/notifiers/_calls.py"
CONTRACT = "engine/notifiers/_contract.py"
WEBHOOK = "engine/notifiers/webhook.py"
EMAIL = "engine/notifiers/email.py"
FILE = "engine/notifiers/file.py"
SANDBOX = "engine/alerts/sandbox.py"
BUDGET = "engine/alerts/budget.py"
TEMPLATES = "engine/alerts/templates.py"
SHRINK = "engine/alerts/shrink.py"
FILTERS = "engine/alerts/filters.py"
DIALECTS = "engine/dialects.py"
LINKS = "engine/links.py"
REDACT = "engine/redact.py"
DESTINATIONS = "engine/runners/destinations.py"

BUGS = [
    Bug("an IPv4 address within an IPv6 one is not judged", ADDRESSES, "        if address.ipv4_mapped:\n            yield address.ipv4_mapped\n", ""),
    Bug("what is allowed may be a metadata service", ADDRESSES, "        if str(each) in _METADATA:", "        if str(each) in _METADATA and not allow:"),
    Bug("link-local addresses are only private", ADDRESSES, "        if each.is_link_local:", "        if False:"),
    Bug("one address that is fine does for all", ADDRESSES, "    for text in texts:\n        judge(host, text, allow)\n", "    judge(host, texts[-1], allow)\n"),
    Bug("the connection goes to the name", HTTP, "self._exchange(self._direct(address, host, port, secure)", "self._exchange(self._direct(host, host, port, secure)"),
    Bug("an answer is read to its end", HTTP, "content = response.read(LONGEST)", "content = response.read()"),
    Bug("certificates of any name will do", HTTP, "assert_hostname=host", "assert_hostname=False"),
    Bug("a slow server is waited for", HTTP, "                if watch.rang:\n", "                if False:\n"),
    Bug("Retry-After is not heard", CALLS, "Retry(self.told(answer), retry_after(answer.headers))", "Retry(self.told(answer))"),
    Bug("too many requests is never", CALLS, "frozenset({408, 425, 429,", "frozenset({408, 425,"),
    Bug("reasons hold secrets", CONTRACT, 'reason = reason.replace(secret, "***")', "pass"),
    Bug("what a notifier raises goes through", CONTRACT, "        except Exception as error:  # noqa: BLE001 -- a message is never lost to a notifier's own fault", "        except OSError as error:"),
    Bug("the signature leaves the time out", WEBHOOK, 'f"{stamp}.".encode() + body', "body"),
    Bug("a header may have two lines", WEBHOOK, "    if not value.isprintable() or not value.isascii():", "    if False:"),
    Bug("a resolve is a mail of its own", EMAIL, 'mail["In-Reply-To"] = mail["References"] = first', "pass"),
    Bug("some get a mail that others are refused for now", EMAIL, "            if 400 <= code < 500:\n                return", "            if 400 <= code < 500:\n                continue\n                return"),
    Bug("a refused recipient is nobody's business", EMAIL, "        if refused:\n            rest", "        if False:\n            rest"),
    Bug("a file is written twice", FILE, "            if mark in tail:\n                return\n", ""),
    Bug("half a line stays", FILE, "        os.ftruncate(descriptor, size)\n", ""),
    Bug("a file that was rotated is written to", FILE, "            if _is_there(path, descriptor):", "            if True:"),
    Bug("writers do not wait for each other", FILE, "    flock(descriptor, LOCK_EX)\n", "    return\n"),
    Bug("loops cost nothing", BUDGET, "            self._budget.spend(self._cost)\n", ""),
    Bug("texts may be of any length", BUDGET, "        if length > LONGEST:", "        if False:"),
    Bug("lists may be of any size", BUDGET, "        if left < 0:", "        if False:"),
    Bug("powers are not bounded", SANDBOX, '            if operator == "**":', '            if operator == "***":'),
    Bug("methods may be called", SANDBOX, "        return isinstance(obj, _CALLED) or (isinstance(obj, str) and attr in _METHODS)", "        return True"),
    Bug("values are not escaped", SANDBOX, "        escaped = self._escape(text)", "        escaped = text"),
    Bug("what is joined with markup is not escaped", SANDBOX, "            texts = [text if type(text) is Safe else self._escape(text) for text in texts]", "            pass"),
    Bug("misspelt names are empty at load", SANDBOX, "undefined=StrictUndefined if strict else ChainableUndefined", "undefined=ChainableUndefined"),
    Bug("templates include any file", TEMPLATES, "            if not inside or", "            if"),
    Bug("a template that fails leaves nothing", TEMPLATES, "                if not part.optional:\n                    made[name] = _bare(part, message)\n", "                pass\n"),
    Bug("what is too long is only cut", TEMPLATES, "        for room in SIZES:", "        for room in SIZES[:1]:"),
    Bug("a body that is no JSON is sent", TEMPLATES, 'if part.dialect == "json" and not _is_json(text):', "if False:"),
    Bug("what is left out is not counted", SHRINK, '"left_out": len(message.alerts) - len(alerts)', '"left_out": 0'),
    Bug("a link goes anywhere", FILTERS, "        checked = href_of(href)", "        checked = href"),
    Bug("addresses in values are links", DIALECTS, 'return visible(text).replace("://", "[:]//")', "return visible(text)"),
    Bug("everyone is called", DIALECTS, 'return _MENTION.sub("@\\u200b", text)', "return text"),
    Bug("a cut leaves elements open", DIALECTS, '    return text + "".join(f"</{tag}>" for tag in reversed(reader.open))', "    return text"),
    Bug("a cut tears characters of two units", DIALECTS, 'return text.encode("utf-16-le", "replace")[: 2 * room].decode("utf-16-le", "ignore")', "return text[:room]"),
    Bug("a region may be a path", LINKS, "or not _REGION.issuperset(region)", ""),
    Bug("a path does not go through lists", REDACT, "            return [kept for one in value if (kept := self._walked(one, rules)) is not _DROP]", "            return value"),
    Bug("values stay where they stand elsewhere", REDACT, "    return known.within.sub(lambda found: known.whole[found[0]], text) if known.within else text", "    return text"),
    Bug("a pseudonym does not need the key", REDACT, "hmac.new(self._given[3],", 'hmac.new(b"",'),
    Bug("redacted twice is something else", REDACT, "        if _PSEUDONYM.fullmatch(text):\n            return text\n", ""),
    Bug("a template for all goes before one for a name", DESTINATIONS, '(folder / wanted.name / f"{part}.j2", folder / wanted.kind / f"{part}.j2", folder / f"{part}.j2")', '(folder / f"{part}.j2", folder / wanted.name / f"{part}.j2", folder / wanted.kind / f"{part}.j2")'),
]  # fmt: skip
