"""GitHub's audit log, as it is exported and streamed: one object a line, times in milliseconds."""

from __future__ import annotations

from engine.model import LogSource
from tests.logs.case import Case, lines

ACTIONS = [
    "git.clone", "git.push", "org.add_member", "org.update_member", "repo.create", "repo.destroy", "repo.access",
    "repo.archived", "repo.create_actions_secret", "repo.remove_actions_secret", "org.disable_two_factor_requirement",
    "org.enable_two_factor_requirement", "repo.transfer_outgoing", "repo.rename", "repository_secret_scanning.disable",
    "repository_secret_scanning.enable", "secret_scanning_push_protection.bypass", "team.add_member",
    "repo.pages_public", "repo.pages_private", "org.runner_group_created", "hook.create",
]  # fmt: skip
RECORDS = [
    {
        "@timestamp": 1714557600000 + number * 1000,
        "_document_id": f"doc-{number:04}",
        "action": action,
        "actor": "ann-example",
        "actor_ip": "198.51.100.7",
        "actor_location": {"country_code": "DE"},
        "business": "example-inc",
        "created_at": 1714557600000 + number * 1000,
        "org": "example",
        "repo": "example/wiki",
        "public_repo": False,
        "user_agent": "git/2.39.2",
    }
    for number, action in enumerate(ACTIONS, 1)
]
CASE = Case(
    text=lines(RECORDS),
    ref="github.json",
    kinds={LogSource("github", "audit"): len(RECORDS)},
    glance={3: ("ann-example", "198.51.100.7", "org.add_member")},
    time="2024-05-01T10:00:01Z",
    fires={
        "github_delete_action_invoked": [6],
        "github_disable_high_risk_configuration": [11],
        "github_new_org_member": [3],
        "github_new_secret_created": [9],
        "github_pages_site_changed_to_public": [19],
        "github_push_protection_bypass_detected": [17],
        "github_repo_or_org_transferred": [13],
        "github_repository_archive_status_changed": [8],
        "github_secret_scanning_feature_disabled": [15],
        "github_self_hosted_runner_changes_detected": [21],
    },
    own={"{action|startswith: git., public_repo: false}": [1, 2]},
)
