"""The userIdentity of a record, as CloudTrail writes it for each type; times and keys may be slots of a shape."""

# ruff: noqa: E501 - made-up data reads better on one line

from __future__ import annotations

from typing import Any

__all__ = ["federated", "role", "root", "user"]

_BEGAN, _KEY = "<began>", "ASIA<key16>"


def _attributes(began: str, mfa: str) -> dict[str, str]:
    return {"creationDate": began, "mfaAuthenticated": mfa}


def role(
    account: str, name: str, role_id: str, session: str, *, key: str = _KEY, began: str = _BEGAN, mfa: str = "false"
) -> dict[str, Any]:
    """A session of a role; `name` may have a path before it, which the session's ARN leaves out."""
    short = name.rpartition("/")[2]
    issuer = {
        "type": "Role",
        "principalId": role_id,
        "arn": f"arn:aws:iam::{account}:role/{name}",
        "accountId": account,
        "userName": short,
    }
    return {
        "type": "AssumedRole", "principalId": f"{role_id}:{session}", "arn": f"arn:aws:sts::{account}:assumed-role/{short}/{session}",
        "accountId": account, "accessKeyId": key,
        "sessionContext": {"sessionIssuer": issuer, "webIdFederationData": {}, "attributes": _attributes(began, mfa)},
    }  # fmt: skip


def user(
    account: str, name: str, user_id: str, key: str, *, began: str = _BEGAN, mfa: str | None = None
) -> dict[str, Any]:
    """An IAM user, with a session context when `mfa` is "true" or "false" (a console or GetSessionToken session)."""
    who: dict[str, Any] = {
        "type": "IAMUser", "principalId": user_id, "arn": f"arn:aws:iam::{account}:user/{name}", "accountId": account,
        "accessKeyId": key, "userName": name,
    }  # fmt: skip
    if mfa is not None:
        who["sessionContext"] = {"sessionIssuer": {}, "webIdFederationData": {}, "attributes": _attributes(began, mfa)}
    return who


def federated(account: str, name: str, issuer: str, issuer_id: str) -> dict[str, Any]:
    """Somebody with a token that an IAM user asked for (GetFederationToken)."""
    by = {
        "type": "IAMUser",
        "principalId": issuer_id,
        "arn": f"arn:aws:iam::{account}:user/{issuer}",
        "accountId": account,
        "userName": issuer,
    }
    return {
        "type": "FederatedUser", "principalId": f"{account}:{name}", "arn": f"arn:aws:sts::{account}:federated-user/{name}", "accountId": account,
        "accessKeyId": _KEY,
        "sessionContext": {"sessionIssuer": by, "webIdFederationData": {}, "attributes": _attributes(_BEGAN, "false")},
    }  # fmt: skip


def root(account: str, *, key: str = _KEY, began: str = _BEGAN, mfa: str = "true") -> dict[str, Any]:
    """The account's root user in a console session."""
    return {
        "type": "Root", "principalId": account, "arn": f"arn:aws:iam::{account}:root", "accountId": account, "accessKeyId": key,
        "sessionContext": {"sessionIssuer": {}, "webIdFederationData": {}, "attributes": _attributes(began, mfa)},
    }  # fmt: skip
