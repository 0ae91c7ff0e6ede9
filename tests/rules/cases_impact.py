# fmt: off
# ruff: noqa: E501 - an event is a line of data
"""Cases of the rules about what is done from inside: staying, hiding, taking along, destroying, and using at another's cost."""

from __future__ import annotations

from json import dumps
from typing import Any

from shipped_cases import Case
from shipped_events import ACCOUNT, ADMIN, DENIED, HTTPS_ONLY, OPEN, ROLE, ROOT, SERVICE, SHARE, SSE_C, USER, call
from stateful_cases import BOB, DAY, HOUR, MINUTE, THERE, Timed, armed, deleted, every, made, secret, signed_in, stopped
from stateful_cases import Case as Story

__all__ = ["HALVES", "SINGLE", "STATEFUL"]

Event = dict[str, Any]
FOR_ANOTHER = ROLE | {"invokedBy": "cloudformation.amazonaws.com"}
SESSION = USER | {"accessKeyId": "ASIAEXAMPLE"}
AWS = {"type": "AWSService"}
TERRAFORM = {"userAgent": "APN/1.0 HashiCorp/1.0 Terraform/1.8.2 (+https://www.terraform.io) terraform-provider-aws/5.47.0"}


def slr(name: str) -> Event:
    """The role that AWS made for one of its services."""
    return ROLE | {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleFor{name}/session"}


def calls(source: str, *names: str, request: Any = None) -> dict[str, Event]:
    """Every one of the calls, and the first of them refused."""
    return {name: call(source, name, request) for name in names} | {"refused": call(source, names[0], request) | {"errorCode": "AccessDenied"}}


def others(event: Event, *, aws: bool = True) -> dict[str, Event]:
    """Near misses that every rule has: the call of another service, and with `aws` what AWS does itself or for somebody."""
    found = {"a call of that name of another service": event | {"eventSource": "example.amazonaws.com"}}
    return found | ({"by AWS": event | {"userIdentity": AWS}, "on behalf": event | {"userIdentity": FOR_ANOTHER}} if aws else {})


def quota(code: str, service: str = "ec2", **more: Any) -> Event:
    return call("servicequotas", "RequestServiceQuotaIncrease", {"serviceCode": service, "quotaCode": code, "desiredValue": 512}, **more)


def mfa(name: str = "CreateVirtualMFADevice", who: Event = SESSION, **more: Any) -> Event:
    return call("iam", name, {"virtualMFADeviceName": "phone"}, who=who) | more


def anchor(kind: str, name: str = "CreateTrustAnchor") -> Event:
    return call("rolesanywhere", name, {"name": "a", "source": {"sourceType": kind, "sourceData": {}}})


def advanced(*categories: str, name: str = "PutEventSelectors") -> Event:
    chosen = [{"name": each, "fieldSelectors": [{"field": "eventCategory", "equals": [each]}]} for each in categories]
    return call("cloudtrail", name, {"trailName": "t", "advancedEventSelectors": chosen})


def trail(**changed: Any) -> Event:
    return call("cloudtrail", "UpdateTrail", {"name": "t", **changed})


def log_file(key: str, **more: Any) -> Event:
    return call("s3", "DeleteObject", {"bucketName": "b", "key": key}, **more)


def bucket_gone(name: str) -> Event:
    return call("s3", "DeleteBucket", {"bucketName": name})


def duty(name: str, **asked: Any) -> Event:
    return call("guardduty", name, {"detectorId": "d", **asked})


def log_group(name: str, call_name: str = "DeleteLogGroup", **more: Any) -> Event:
    return call("logs", call_name, {"logGroupName": name}, **more)


def entry(**asked: Any) -> Event:
    usual = {"networkAclId": "acl-1", "ruleNumber": 100, "egress": False, "ruleAction": "allow", "icmpTypeCode": {}, "portRange": {}, "aclProtocol": "-1", "cidrBlock": "0.0.0.0/0"}
    return call("ec2", "CreateNetworkAclEntry", usual | asked)


def changed_rule(**asked: Any) -> Event:
    rule = {"CidrIpv4": "0.0.0.0/0", "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22} | asked
    return call("ec2", "ModifySecurityGroupRules", {"ModifySecurityGroupRulesRequest": {"GroupId": "sg-1", "SecurityGroupRule": {"SecurityGroupRuleId": "sgr-1", "SecurityGroupRule": rule, "tag": 1}}})


def shell(targets: list[Event], document: str = "AWS-RunShellScript", **more: Any) -> Event:
    return call("ssm", "SendCommand", {"documentName": document, "targets": targets, "parameters": "HIDDEN_DUE_TO_SECURITY_REASONS"}, **more)


EVERYTHING = [{"key": "InstanceIds", "values": ["*"]}]


def replication(**destination: Any) -> Event:
    rule = {"ID": "r", "Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::copies", **destination}}
    return call("s3", "PutBucketReplication", {"bucketName": "b", "replication": "", "ReplicationConfiguration": {"Role": "arn", "Rule": rule}})


def put(key: str, name: str = "PutObject") -> Event:
    return call("s3", name, {"bucketName": "b", "key": key})


def lock(**configuration: Any) -> Event:
    return call("s3", "PutBucketObjectLockConfiguration", {"bucketName": "b", "object-lock": "", "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", **configuration}})


def bypass(name: str = "DeleteObject", value: str = "true") -> Event:
    return call("s3", name, {"bucketName": "b", "key": "k", "x-amz-bypass-governance-retention": value})


def copied_with(agent: str, name: str = "GetObject", **more: Any) -> Event:
    return call("s3", name, {"bucketName": "b", "key": "k"}, userAgent=agent, **more)


def database(name: str = "DeleteDBInstance", **asked: Any) -> Event:
    return call("rds", name, {"dBInstanceIdentifier": "db", **asked})


def recovery(on: bool) -> Event:
    return call("dynamodb", "UpdateContinuousBackups", {"tableName": "t", "pointInTimeRecoverySpecification": {"pointInTimeRecoveryEnabled": on}})


def key_policy(statement: Any, name: str = "PutKeyPolicy") -> Event:
    return call("kms", name, {"keyId": "k", "policyName": "default", "policy": dumps({"Version": "2012-10-17", "Statement": [statement]})})


def spot(kind: str) -> Event:
    return call("ec2", "RequestSpotInstances", {"spotPrice": "1", "launchSpecification": {"imageId": "ami-1", "instanceType": kind}})


def layered(layers: list[str], version: str = "20150331v2", **more: Any) -> Event:
    return call("lambda", f"UpdateFunctionConfiguration{version}", {"functionName": "f", "layers": layers}, **more)


def task(cpu: str, **more: Any) -> Event:
    return call("ecs", "RegisterTaskDefinition", {"family": "t", "cpu": cpu, "memory": "16384", "containerDefinitions": [{"image": "docker.io/x/y", "name": "c"}]}, **more)


def job(**asked: Any) -> Event:
    return call("batch", "SubmitJob", {"jobName": "j", "jobDefinition": "d", "jobQueue": "q", **asked})


BEDROCK_USER = USER | {"arn": f"arn:aws:iam::{ACCOUNT}:user/BedrockAPIKey-abc1", "userName": "BedrockAPIKey-abc1"}
LAYER = ["arn:aws:lambda:eu-west-1:999988887777:layer:x:1"]

SINGLE: dict[str, Case] = {
    "servicequotas/more_large_machines_asked_for": Case(
        {code: quota(code) for code in ("L-1216C47A", "L-34B43A08", "L-417A185B", "L-7212CCBC", "L-3819A6DF", "L-DB2E81BA")} | {"refused": quota("L-417A185B") | {"errorCode": "DependencyAccessDeniedException"}},
        {"another quota": quota("L-0263D0A3"), "another service": quota("L-1216C47A", "vpc"), "looked at": quota("L-1216C47A") | {"eventName": "GetServiceQuota"}} | others(quota("L-1216C47A")),
    ),
    "ses/sending_switched_on": Case(
        {
            "switched on": call("ses", "UpdateAccountSendingEnabled", {"enabled": True}),
            "switched on by the second version": call("ses", "PutAccountSendingAttributes", {"sendingEnabled": True}),
            "to send to anybody": call("ses", "PutAccountDetails", {"productionAccessEnabled": True}),
            "refused": call("ses", "PutAccountDetails") | DENIED,
        },
        {
            "switched off": call("ses", "UpdateAccountSendingEnabled", {"enabled": False}),
            "switched off by the second version": call("ses", "PutAccountSendingAttributes", {"sendingEnabled": False}),
            "of another service, first version": call("pinpoint", "UpdateAccountSendingEnabled", {"enabled": True}),
            "of another service, second version": call("pinpoint", "PutAccountSendingAttributes", {"sendingEnabled": True}),
            "details of another service": call("pinpoint", "PutAccountDetails"),
            "looked at": call("ses", "GetAccount", {"enabled": True, "sendingEnabled": True}),
        },
    ),
    "iam/password_policy_weakened": Case(
        {
            "deleted": call("iam", "DeleteAccountPasswordPolicy"), "not deleted": call("iam", "DeleteAccountPasswordPolicy") | DENIED,
            "seven characters": call("iam", "UpdateAccountPasswordPolicy", {"minimumPasswordLength": 7}),
        },
        {
            "eight characters": call("iam", "UpdateAccountPasswordPolicy", {"minimumPasswordLength": 8}),
            "deleted by another service": call("cognito-idp", "DeleteAccountPasswordPolicy"),
            "changed by another service": call("cognito-idp", "UpdateAccountPasswordPolicy", {"minimumPasswordLength": 6}),
            "looked at": call("iam", "GetAccountPasswordPolicy", {"minimumPasswordLength": 6}),
        },
    ),
    "sso/administrator_permission_set": Case(
        {
            "administrator": call("sso", "AttachManagedPolicyToPermissionSet", {"permissionSetArn": "ps", "managedPolicyArn": ADMIN}),
            "everything in IAM": call("sso", "AttachManagedPolicyToPermissionSet", {"managedPolicyArn": "arn:aws-cn:iam::aws:policy/IAMFullAccess"}),
        },
        {
            "a policy of that name with more behind it": call("sso", "AttachManagedPolicyToPermissionSet", {"managedPolicyArn": f"{ADMIN}-Amplify"}),
            "to read": call("sso", "AttachManagedPolicyToPermissionSet", {"managedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
            "taken away": call("sso", "DetachManagedPolicyFromPermissionSet", {"managedPolicyArn": ADMIN}),
        } | others(call("sso", "AttachManagedPolicyToPermissionSet", {"managedPolicyArn": ADMIN}), aws=False),
    ),
    "iam/default_policy_version_switched": Case(
        calls("iam", "SetDefaultPolicyVersion", request={"policyArn": "arn", "versionId": "v1"}),
        {"a new version": call("iam", "CreatePolicyVersion", {"setAsDefault": True})} | others(call("iam", "SetDefaultPolicyVersion")),
    ),
    "iam/permissions_boundary_removed": Case(
        calls("iam", "DeleteUserPermissionsBoundary", "DeleteRolePermissionsBoundary", request={"roleName": "r"}),
        {"set": call("iam", "PutRolePermissionsBoundary", {"roleName": "r"}), "on behalf": call("iam", "DeleteRolePermissionsBoundary", who=FOR_ANOTHER)} | others(call("iam", "DeleteUserPermissionsBoundary"), aws=False),
    ),
    "iam/mfa_device_made_in_a_session": Case(
        {"made": mfa(), "enabled": mfa("EnableMFADevice"), "refused": mfa() | DENIED},
        {
            "with a key": mfa(who=USER), "by a role": mfa(who=ROLE), "in the console": mfa(sessionCredentialFromConsole="true"), "by the console of old": mfa(userAgent="signin.console.amazonaws.com/1.0"), "a key with those letters inside": mfa(who=USER | {"accessKeyId": "AKIAASIAX"}),
            "on behalf": mfa(who=SESSION | {"invokedBy": "signin.amazonaws.com"}), "taken away": mfa("DeactivateMFADevice"),
        } | others(mfa(), aws=False),
    ),
    "iam/identity_provider_added": Case(
        calls("iam", "CreateSAMLProvider", "UpdateSAMLProvider", "CreateOpenIDConnectProvider", "UpdateOpenIDConnectProviderThumbprint", "AddClientIDToOpenIDConnectProvider"),
        {"deleted": call("iam", "DeleteSAMLProvider"), "by Identity Center": call("iam", "CreateSAMLProvider", who=slr("SSO"))} | others(call("iam", "CreateSAMLProvider")),
    ),
    "rolesanywhere/trust_anchor_of_a_foreign_authority": Case(
        {"made": anchor("CERTIFICATE_BUNDLE"), "changed": anchor("CERTIFICATE_BUNDLE", "UpdateTrustAnchor"), "refused": anchor("CERTIFICATE_BUNDLE") | {"errorCode": "AccessDenied"}},
        {"of AWS": anchor("AWS_ACM_PCA"), "taken away": anchor("CERTIFICATE_BUNDLE", "DeleteTrustAnchor")} | others(anchor("CERTIFICATE_BUNDLE"), aws=False),
    ),
    "rolesanywhere/profile_made": Case(
        calls("rolesanywhere", "CreateProfile", "UpdateProfile", request={"name": "p", "roleArns": ["arn"]}),
        {"taken away": call("rolesanywhere", "DeleteProfile")} | others(call("rolesanywhere", "CreateProfile"), aws=False),
    ),
    "cloudtrail/trail_weakened": Case(
        {key: trail(**{key: False}) for key in ("isMultiRegionTrail", "includeGlobalServiceEvents", "enableLogFileValidation", "isOrganizationTrail")},
        {"more": trail(isMultiRegionTrail=True, includeGlobalServiceEvents=True, enableLogFileValidation=True, isOrganizationTrail=True), "made": trail(isMultiRegionTrail=False) | {"eventName": "CreateTrail"}} | others(trail(isMultiRegionTrail=False), aws=False),
    ),
    "cloudtrail/trail_sent_elsewhere": Case(
        {"another bucket": trail(s3BucketName="x"), "another key": trail(kmsKeyId="arn"), "refused": trail(kmsKeyId="arn") | {"errorCode": "AccessDenied"}},
        {"another setting": trail(snsTopicName="x"), "made": trail(s3BucketName="x") | {"eventName": "CreateTrail"}} | others(trail(s3BucketName="x")),
    ),
    "cloudtrail/management_events_left_out_by_advanced_selectors": Case(
        {"data events only": advanced("Data"), "of a store of events": advanced("Data", name="UpdateEventDataStore"), "two kinds of data": advanced("Data", "NetworkActivity")},
        {
            "management events": advanced("Management"), "both": advanced("Data", "Management"), "looked at": advanced("Data", name="GetEventSelectors"),
            "simple selectors": call("cloudtrail", "PutEventSelectors", {"eventSelectors": [{"includeManagementEvents": False}]}),
        } | others(advanced("Data"), aws=False),
    ),
    "cloudtrail/insights_switched_off": Case(
        {"nothing left": call("cloudtrail", "PutInsightSelectors", {"trailName": "t", "insightSelectors": []}), "refused": call("cloudtrail", "PutInsightSelectors") | DENIED},
        {
            "one left": call("cloudtrail", "PutInsightSelectors", {"trailName": "t", "insightSelectors": [{"insightType": "ApiErrorRateInsight"}]}), "looked at": call("cloudtrail", "GetInsightSelectors"),
        } | others(call("cloudtrail", "PutInsightSelectors"), aws=False),
    ),
    "cloudtrail/event_data_store_stopped": Case(
        calls("cloudtrail", "StopEventDataStoreIngestion", "DeleteEventDataStore", "DeleteChannel", request={"eventDataStore": "arn"}),
        {"started": call("cloudtrail", "StartEventDataStoreIngestion"), "brought back": call("cloudtrail", "RestoreEventDataStore")} | others(call("cloudtrail", "DeleteEventDataStore"), aws=False),
    ),
    "s3/cloudtrail_logs_deleted": Case(
        {
            "a file": log_file("AWSLogs/111122223333/CloudTrail/eu-west-1/2024/05/14/x.json.gz"), "a digest, with a prefix": log_file("org/AWSLogs/o-1/111122223333/CloudTrail-Digest/eu-west-1/x.json.gz"),
            "refused": log_file("AWSLogs/111122223333/CloudTrail/x.json.gz") | {"errorCode": "AccessDenied"},
        },
        {
            "another log": log_file("AWSLogs/111122223333/elasticloadbalancing/x.log.gz"), "a file of that name": log_file("notes/CloudTrail/x.txt"),
            "by the lifecycle": log_file("AWSLogs/1/CloudTrail/x", who=SERVICE), "written": put("AWSLogs/1/CloudTrail/x"),
        } | others(log_file("AWSLogs/1/CloudTrail/x"), aws=False),
    ),
    "s3/log_bucket_deleted": Case(
        {name: bucket_gone(name) for name in ("example-logs", "aws-cloudtrail-logs-111122223333", "company.audit.eu", "flow-log", "access-logging-x", "org-trail")} | {"refused": bucket_gone("example-logs") | {"errorCode": "AccessDenied"}},
        {name: bucket_gone(name) for name in ("catalogue", "blog-pictures", "trailers", "auditorium", "backlog")} | {"its policy": bucket_gone("example-logs") | {"eventName": "DeleteBucketPolicy"}} | others(bucket_gone("example-logs"), aws=False),
    ),
    "guardduty/findings_suppressed": Case(
        {
            "archived as they come": duty("CreateFilter", action="ARCHIVE"), "a filter changed": duty("UpdateFilter", action="ARCHIVE"), "refused": duty("CreateIPSet") | DENIED,
        } | {name: duty(name, location="s3:x") for name in ("CreateIPSet", "UpdateIPSet", "CreateTrustedEntitySet", "UpdateTrustedEntitySet")},
        {
            "a filter for looking": duty("CreateFilter", action="NOOP"), "a list of threats": duty("CreateThreatIntelSet"), "a list looked at": duty("GetIPSet"), "a filter looked at": duty("GetFilter", action="ARCHIVE"),
            "a filter of another service": call("macie2", "CreateFilter", {"action": "ARCHIVE"}), "a list of another service": call("wafv2", "CreateIPSet"),
        },
    ),
    "guardduty/members_cut_off": Case(
        calls("guardduty", "DisassociateFromAdministratorAccount", "DisassociateFromMasterAccount", "DisassociateMembers", "DeleteMembers", "StopMonitoringMembers", "DisableOrganizationAdminAccount"),
        {"taken in": duty("CreateMembers"), "watched": duty("StartMonitoringMembers")} | others(duty("DeleteMembers"), aws=False),
    ),
    "guardduty/findings_go_nowhere": Case(
        {"no export": duty("DeletePublishingDestination"), "a feature off": duty("UpdateDetector", features=[{"name": "S3_DATA_EVENTS", "status": "DISABLED"}]), "of members": duty("UpdateMemberDetectors", features=[{"name": "EKS_AUDIT_LOGS", "status": "DISABLED"}]), "refused": duty("DeletePublishingDestination") | DENIED},
        {
            "a feature on": duty("UpdateDetector", features=[{"name": "S3_DATA_EVENTS", "status": "ENABLED"}]), "an export made": duty("CreatePublishingDestination"), "looked at": duty("GetDetector", features=[{"status": "DISABLED"}]),
            "an export of another service": call("macie2", "DeletePublishingDestination"), "a feature of another service": call("detective", "UpdateDetector", {"features": [{"status": "DISABLED"}]}),
        },
    ),
    "config/recorder_stopped": Case(
        calls("config", "StopConfigurationRecorder", "DeleteConfigurationRecorder", "DeleteDeliveryChannel"),
        {"started": call("config", "StartConfigurationRecorder"), "set": call("config", "PutDeliveryChannel")} | others(call("config", "DeleteDeliveryChannel"), aws=False),
    ),
    "config/rules_deleted": Case(
        calls("config", "DeleteConfigRule", "DeleteConformancePack", "DeleteOrganizationConfigRule", "DeleteOrganizationConformancePack", "DeleteRemediationConfiguration"),
        {"made": call("config", "PutConfigRule"), "by Security Hub's own role": call("config", "DeleteConfigRule", who=slr("SecurityHub"))} | others(call("config", "DeleteConfigRule")),
    ),
    "securityhub/switched_off": Case(
        calls("securityhub", "DisableSecurityHub", "DisableSecurityHubV2", "BatchDisableStandards", "DisableImportFindingsForProduct", "DisassociateFromAdministratorAccount", "DisassociateFromMasterAccount", "DisassociateMembers", "DeleteMembers"),
        {"switched on": call("securityhub", "EnableSecurityHub"), "a standard switched on": call("securityhub", "BatchEnableStandards")} | others(call("securityhub", "DeleteMembers"), aws=False),
    ),
    "macie2/switched_off": Case(
        calls("macie2", "DisableMacie", "DisassociateFromAdministratorAccount", "DisassociateFromMasterAccount") | {"paused": call("macie2", "UpdateMacieSession", {"status": "PAUSED"})},
        {
            "went on": call("macie2", "UpdateMacieSession", {"status": "ENABLED"}), "switched on": call("macie2", "EnableMacie", {"status": "PAUSED"}),
            "paused by another service": call("glue", "UpdateMacieSession", {"status": "PAUSED"}),
        } | others(call("macie2", "DisableMacie"), aws=False),
    ),
    "access-analyzer/analyzer_deleted": Case(
        calls("access-analyzer", "DeleteAnalyzer", "CreateArchiveRule", "UpdateArchiveRule", request={"analyzerName": "a"}),
        {"made": call("access-analyzer", "CreateAnalyzer")} | others(call("access-analyzer", "DeleteAnalyzer"), aws=False),
    ),
    "inspector2/switched_off": Case(
        calls("inspector2", "Disable", "DisassociateMember") | {name: call("detective", name) for name in ("DeleteGraph", "DeleteMembers", "DisassociateMembership")},
        {
            "switched on": call("inspector2", "Enable"), "of another service": call("cloudfront", "Disable"), "a graph made": call("detective", "CreateGraph"), "a graph of another service": call("neptune-graph", "DeleteGraph"),
        },
    ),
    "route53resolver/query_logs_switched_off": Case(
        calls("route53resolver", "DeleteResolverQueryLogConfig", "DisassociateResolverQueryLogConfig"),
        {"switched on": call("route53resolver", "AssociateResolverQueryLogConfig")} | others(call("route53resolver", "DeleteResolverQueryLogConfig"), aws=False),
    ),
    "logs/security_log_group_deleted": Case(
        {
            name: log_group(name) for name in ("aws-cloudtrail-logs-1", "/vpc/flowlogs", "vpc-flow-log", "/rds/audit", "/aws/guardduty/x", "/aws/route53/zone", "aws-waf-logs-x", "Security")
        } | {name: log_group("/cloudtrail", name) for name in ("DeleteLogStream", "DeleteSubscriptionFilter", "DeleteMetricFilter")} | {"refused": log_group("/cloudtrail") | {"errorCode": "AccessDeniedException"}},
        {"of a function": log_group("/aws/lambda/f"), "made": log_group("/cloudtrail", "CreateLogGroup")} | others(log_group("/cloudtrail")),
    ),
    "monitoring/alarms_deleted": Case(
        calls("monitoring", "DeleteAlarms", "DisableAlarmActions", request={"alarmNames": ["a"]}),
        {"made": call("monitoring", "PutMetricAlarm"), "by Auto Scaling's own role": call("monitoring", "DeleteAlarms", who=slr("ApplicationAutoScaling_DynamoDBTable"))} | others(call("monitoring", "DeleteAlarms")),
    ),
    "wafv2/web_acl_removed": Case(
        calls("wafv2", "DeleteWebACL", "DisassociateWebACL", "DeleteFirewallManagerRuleGroups", "DeleteLoggingConfiguration") | {"the first generation": call("waf", "DeleteWebACL"), "the second": call("waf-regional", "DisassociateWebACL")},
        {"put before": call("wafv2", "AssociateWebACL"), "by Firewall Manager's own role": call("wafv2", "DeleteWebACL", who=slr("FMS"))} | others(call("wafv2", "DeleteWebACL")),
    ),
    "ec2/network_acl_opened": Case(
        {
            "everything": entry(), "IPv6": entry(cidrBlock=None, ipv6CidrBlock="::/0"), "SSH": entry(aclProtocol="6", portRange={"from": 22, "to": 22}), "RDP": entry(aclProtocol="6", portRange={"from": 3389, "to": 3389}),
            "put in the place of another": entry() | {"eventName": "ReplaceNetworkAclEntry"},
        },
        {
            "outgoing": entry(egress=True), "denied": entry(ruleAction="deny"), "a network": entry(cidrBlock="10.0.0.0/8"), "a web port": entry(aclProtocol="6", portRange={"from": 443, "to": 443}),
            "taken away": entry() | {"eventName": "DeleteNetworkAclEntry"},
        } | others(entry(), aws=False),
    ),
    "ec2/rule_changed_to_the_world": Case(
        {"SSH": changed_rule(), "RDP by IPv6": changed_rule(CidrIpv4=None, CidrIpv6="::/0", FromPort=3389), "everything": changed_rule(IpProtocol="-1", FromPort=-1)},
        {"a network": changed_rule(CidrIpv4="10.0.0.0/8"), "a web port": changed_rule(FromPort=443), "another call": changed_rule() | {"eventName": "UpdateSecurityGroupRuleDescriptionsIngress"}} | others(changed_rule(), aws=False),
    ),
    "organizations/account_closed": Case(
        calls("organizations", "CloseAccount", "RemoveAccountFromOrganization", "DeleteOrganization") | {"itself": call("account", "CloseAccount", who=ROOT)},
        {"made": call("organizations", "CreateAccount"), "another call of accounts": call("account", "GetContactInformation")} | others(call("organizations", "CloseAccount"), aws=False),
    ),
    "organizations/account_joins_another_organization": Case(
        calls("organizations", "AcceptHandshake", request={"handshakeId": "h-1"}),
        {"declined": call("organizations", "DeclineHandshake")} | others(call("organizations", "AcceptHandshake"), aws=False),
    ),
    "organizations/guardrail_removed": Case(
        calls("organizations", "DetachPolicy", "DeletePolicy", "DisablePolicyType", request={"policyId": "p-1"}),
        {"attached": call("organizations", "AttachPolicy")} | others(call("organizations", "DetachPolicy")),
    ),
    "account/region_enabled": Case(
        calls("account", "EnableRegion", request={"regionName": "af-south-1"}),
        {"disabled": call("account", "DisableRegion")} | others(call("account", "EnableRegion"), aws=False),
    ),
    "ssm/all_parameters_read": Case(
        {"from the root": call("ssm", "GetParametersByPath", {"path": "/", "recursive": True, "withDecryption": True}), "refused": call("ssm", "GetParametersByPath", {"path": "/", "withDecryption": True}, errorCode="AccessDeniedException")},
        {
            "of an application": call("ssm", "GetParametersByPath", {"path": "/shop", "withDecryption": True}), "not decrypted": call("ssm", "GetParametersByPath", {"path": "/", "withDecryption": False}),
            "one by name": call("ssm", "GetParameter", {"path": "/", "withDecryption": True}),
        } | others(call("ssm", "GetParametersByPath", {"path": "/", "withDecryption": True})),
    ),
    "ec2/user_data_changed": Case(
        {"changed": call("ec2", "ModifyInstanceAttribute", {"instanceId": "i-1", "userData": "<sensitiveDataRemoved>"}), "refused": call("ec2", "ModifyInstanceAttribute", {"userData": "x"}, errorCode="Client.UnauthorizedOperation")},
        {
            "another attribute": call("ec2", "ModifyInstanceAttribute", {"instanceId": "i-1", "groupSet": {}}), "at the start": call("ec2", "RunInstances", {"userData": "<sensitiveDataRemoved>"}),
            "on behalf": call("ec2", "ModifyInstanceAttribute", {"userData": "x"}, who=FOR_ANOTHER),
        } | others(call("ec2", "ModifyInstanceAttribute", {"userData": "x"}), aws=False),
    ),
    "ec2/serial_console_enabled": Case(
        calls("ec2", "EnableSerialConsoleAccess"),
        {"closed": call("ec2", "DisableSerialConsoleAccess"), "looked at": call("ec2", "GetSerialConsoleAccessStatus")} | others(call("ec2", "EnableSerialConsoleAccess"), aws=False),
    ),
    "ec2/serial_console_used": Case(
        calls("ec2-instance-connect", "SendSerialConsoleSSHPublicKey", request={"instanceId": "i-1", "serialPort": 0}),
        {"by the network": call("ec2-instance-connect", "SendSSHPublicKey")} | others(call("ec2-instance-connect", "SendSerialConsoleSSHPublicKey"), aws=False),
    ),
    "ssm/command_to_all_machines": Case(
        {"Linux": shell(EVERYTHING), "Windows": shell(EVERYTHING, "AWS-RunPowerShellScript"), "by the document's ARN": shell(EVERYTHING, "arn:aws:ssm:eu-west-1::document/AWS-RunShellScript") | {"errorCode": "AccessDeniedException"}},
        {
            "a tag": shell([{"key": "tag:role", "values": ["*"]}]), "one machine": shell([{"key": "InstanceIds", "values": ["i-1"]}]), "another document": shell(EVERYTHING, "AWS-UpdateSSMAgent"), "one that begins alike": shell(EVERYTHING, "AWS-RunShellScript-Checked"),
            "a schedule": shell(EVERYTHING) | {"eventName": "CreateAssociation"}, "on behalf": shell(EVERYTHING, who=FOR_ANOTHER),
        } | others(shell(EVERYTHING), aws=False),
    ),
    "ssm/document_shared": Case(
        {"with all": call("ssm", "ModifyDocumentPermission", {"name": "d", "accountIdsToAdd": ["all"]})},
        {
            "with one": call("ssm", "ModifyDocumentPermission", {"name": "d", "accountIdsToAdd": ["444455556666"]}), "taken away": call("ssm", "ModifyDocumentPermission", {"name": "d", "accountIdsToRemove": ["all"]}),
            "looked at": call("ssm", "DescribeDocumentPermission", {"accountIdsToAdd": ["all"]}),
        } | others(call("ssm", "ModifyDocumentPermission", {"accountIdsToAdd": ["all"]}), aws=False),
    ),
    "ec2/image_exported": Case(
        calls("ec2", "ExportImage", "CreateInstanceExportTask", "CreateStoreImageTask", request={"imageId": "ami-1"}),
        {"brought in": call("ec2", "ImportImage"), "on behalf": call("ec2", "ExportImage", who=FOR_ANOTHER)} | others(call("ec2", "ExportImage"), aws=False),
    ),
    "ec2/guard_against_public_images_removed": Case(
        calls("ec2", "DisableSnapshotBlockPublicAccess", "DisableImageBlockPublicAccess"),
        {"put up": call("ec2", "EnableImageBlockPublicAccess")} | others(call("ec2", "DisableImageBlockPublicAccess"), aws=False),
    ),
    "rds/snapshot_exported": Case(
        calls("rds", "StartExportTask", request={"sourceArn": "arn", "s3BucketName": "b"}),
        {"looked at": call("rds", "DescribeExportTasks")} | others(call("rds", "StartExportTask")),
    ),
    "s3/bucket_replicated_to_another_account": Case(
        {"to an account": replication(Account="999988887777"), "handed over": replication(AccessControlTranslation={"Owner": "Destination"})},
        {"within the account": replication(), "taken away": replication(Account="999988887777") | {"eventName": "DeleteBucketReplication"}} | others(replication(Account="999988887777"), aws=False),
    ),
    "s3/ransom_note_written": Case(
        {
            key: put(key) for key in ("RANSOM.txt", "a/HOW_TO_DECRYPT_FILES.txt", "how-to-restore.html", "DECRYPT_YOUR_FILES.txt", "recover-data.txt", "your-files-are-encrypted.txt", "README_FOR_DECRYPT.txt")
        } | {"a copy": put("ransom-note.txt", "CopyObject"), "in parts": put("ransom-note.txt", "CompleteMultipartUpload"), "refused": put("RANSOM.txt") | {"errorCode": "AccessDenied"}},
        {"a readme": put("README.md"), "a guide": put("docs/how-to-deploy.md"), "read": put("RANSOM.txt", "GetObject")} | others(put("RANSOM.txt"), aws=False),
    ),
    "s3/object_lock_bypassed": Case(
        {"deleted": bypass(), "many deleted": bypass("DeleteObjects"), "shortened": bypass("PutObjectRetention"), "lifted": lock(), "refused": bypass() | {"errorCode": "AccessDenied"}},
        {
            "a rule set": lock(Rule={"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}}), "not bypassed": bypass(value="false"), "read": bypass("GetObject"), "of another service": bypass() | {"eventSource": "s3-outposts.amazonaws.com"},
            "a lock of another service": lock() | {"eventSource": "glacier.amazonaws.com"}, "a lock looked at": lock() | {"eventName": "GetBucketObjectLockConfiguration"},
        },
    ),
    "s3/mfa_delete_switched_off": Case(
        {"switched off": call("s3", "PutBucketVersioning", {"bucketName": "b", "VersioningConfiguration": {"Status": "Enabled", "MfaDelete": "Disabled"}}, who=ROOT)},
        {
            "switched on": call("s3", "PutBucketVersioning", {"VersioningConfiguration": {"MfaDelete": "Enabled"}}), "not said": call("s3", "PutBucketVersioning", {"VersioningConfiguration": {"Status": "Enabled"}}),
            "looked at": call("s3", "GetBucketVersioning", {"VersioningConfiguration": {"MfaDelete": "Disabled"}}),
        } | others(call("s3", "PutBucketVersioning", {"VersioningConfiguration": {"MfaDelete": "Disabled"}}), aws=False),
    ),
    "s3/transfer_program_used": Case(
        {agent: copied_with(agent) for agent in ("rclone/v1.66.0", "[Cyberduck/8.8.2 (Mac OS X)]", "Mountain Duck/4.15", "WinSCP/6.3.3 neon/0.33.0", "s5cmd/2.2.2", "FileZilla/3.67", "CrossFTP/1.99", "MSP360 Explorer/6")} | {"refused": copied_with("rclone/v1.66.0", errorCode="AccessDenied")},
        {"an SDK": copied_with("aws-sdk-go/1.51.0"), "a name that begins alike": copied_with("rclonex/1.0"), "a name inside": copied_with("my-rclone/1.0")} | others(copied_with("rclone/v1.66.0"), aws=False),
    ),
    "rds/database_deleted_without_a_copy": Case(
        {
            "no last snapshot": database(skipFinalSnapshot=True), "with its daily copies": database(deleteAutomatedBackups=True), "a cluster": database("DeleteDBCluster", skipFinalSnapshot=True),
            "refused": database(skipFinalSnapshot=True) | {"errorCode": "AccessDenied"}, "one around the world": database("DeleteGlobalCluster", skipFinalSnapshot=True),
        },
        {
            "with a last snapshot": database(skipFinalSnapshot=False, deleteAutomatedBackups=False), "made": database("CreateDBInstance", skipFinalSnapshot=True),
            "on behalf": database(skipFinalSnapshot=True) | {"userIdentity": FOR_ANOTHER},
        } | others(database(skipFinalSnapshot=True), aws=False),
    ),
    "rds/deletion_protection_removed": Case(
        {"may be deleted": database("ModifyDBInstance", deletionProtection=False), "a cluster": database("ModifyDBCluster", deletionProtection=False), "no copies": database("ModifyDBInstance", backupRetentionPeriod=0)},
        {"may not be deleted": database("ModifyDBInstance", deletionProtection=True, backupRetentionPeriod=7), "made": database("CreateDBInstance", deletionProtection=False)} | others(database("ModifyDBInstance", deletionProtection=False), aws=False),
    ),
    "backup/backups_deleted": Case(
        calls("backup", "DeleteBackupVault", "DeleteRecoveryPoint", "DeleteBackupVaultLockConfiguration", "DeleteBackupPlan", "DeleteBackupSelection"),
        {"made": call("backup", "CreateBackupVault"), "by its lifecycle": call("backup", "DeleteRecoveryPoint", eventType="AwsServiceEvent")} | others(call("backup", "DeleteRecoveryPoint")),
    ),
    "dynamodb/recovery_switched_off": Case(
        {"switched off": recovery(False), "a backup deleted": call("dynamodb", "DeleteBackup", {"backupArn": "arn"}), "refused": call("dynamodb", "DeleteBackup") | DENIED},
        {
            "switched on": recovery(True), "a backup made": call("dynamodb", "CreateBackup"), "switched off on behalf": recovery(False) | {"userIdentity": FOR_ANOTHER}, "deleted on behalf": call("dynamodb", "DeleteBackup", who=FOR_ANOTHER),
            "looked at": recovery(False) | {"eventName": "DescribeContinuousBackups"}, "another service": recovery(False) | {"eventSource": "cassandra.amazonaws.com"}, "a backup of another service": call("fsx", "DeleteBackup"),
        },
    ),
    "kms/key_disabled": Case(
        calls("kms", "DisableKey", request={"keyId": "k"}),
        {"enabled": call("kms", "EnableKey"), "by AWS": call("kms", "DisableKey", who=SERVICE), "no more rotation": call("kms", "DisableKeyRotation")} | others(call("kms", "DisableKey"), aws=False),
    ),
    "kms/key_handed_to_everyone": Case(
        {"a policy": key_policy(OPEN), "a new key": key_policy(OPEN | {"Principal": {"AWS": "*"}}, "CreateKey"), "in a list": key_policy(OPEN | {"Principal": {"AWS": ["*"]}})},
        {"denied": key_policy(HTTPS_ONLY | {"Principal": "*"}), "its owner": key_policy(OPEN | {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}), "narrowed": key_policy(OPEN | {"Condition": {"StringEquals": {"kms:CallerAccount": ACCOUNT}}}), "read": key_policy(OPEN, "GetKeyPolicy")}
        | others(key_policy(OPEN), aws=False),
    ),
    "ec2/gpu_fleet_requested": Case(
        {
            "spare capacity": spot("p3.16xlarge"),
            "a fleet of spare capacity": call("ec2", "RequestSpotFleet", {"spotFleetRequestConfig": {"launchSpecifications": [{"instanceType": "m5.large"}, {"instanceType": "g5.48xlarge"}]}}),
            "a fleet": call("ec2", "CreateFleet", {"CreateFleetRequest": {"LaunchTemplateConfigs": {"Overrides": [{"InstanceType": "trn1.32xlarge"}]}}}),
            "a template": call("ec2", "CreateLaunchTemplate", {"CreateLaunchTemplateRequest": {"LaunchTemplateData": {"InstanceType": "inf2.48xlarge"}}}),
            "refused": spot("p5.48xlarge") | {"errorCode": "Client.MaxSpotInstanceCountExceeded"},
        },
        {
            "a common size": spot("m6i.large"), "Graviton, which has a g too": spot("c7g.large"), "on behalf": spot("p3.16xlarge") | {"userIdentity": FOR_ANOTHER}, "looked at": spot("p3.16xlarge") | {"eventName": "DescribeSpotPriceHistory"},
            "a common fleet of spare capacity": call("ec2", "RequestSpotFleet", {"spotFleetRequestConfig": {"launchSpecifications": [{"instanceType": "m5.large"}]}}),
            "a common fleet": call("ec2", "CreateFleet", {"CreateFleetRequest": {"LaunchTemplateConfigs": {"Overrides": [{"InstanceType": "m5.large"}]}}}),
            "a common template": call("ec2", "CreateLaunchTemplate", {"CreateLaunchTemplateRequest": {"LaunchTemplateData": {"InstanceType": "m5.large"}}}),
        } | others(spot("p3.16xlarge"), aws=False),
    ),
    "lambda/function_url_without_login": Case(
        {"made": call("lambda", "CreateFunctionUrlConfig", {"functionName": "f", "authType": "NONE"}), "changed, with a version": call("lambda", "UpdateFunctionUrlConfig20211031", {"functionName": "f", "authType": "NONE"}), "refused": call("lambda", "CreateFunctionUrlConfig", {"authType": "NONE"}, errorCode="AccessDeniedException")},
        {"a call that ends alike": call("lambda", "TestCreateFunctionUrlConfig", {"authType": "NONE"}), "with a login": call("lambda", "CreateFunctionUrlConfig", {"authType": "AWS_IAM"}), "taken away": call("lambda", "DeleteFunctionUrlConfig", {"authType": "NONE"})} | others(call("lambda", "CreateFunctionUrlConfig", {"authType": "NONE"}), aws=False),
    ),
    "lambda/layer_added": Case(
        {"as it is called": layered(LAYER), "without a version": layered(LAYER, ""), "refused": layered(LAYER) | {"errorCode": "AccessDeniedException"}},
        {
            "no layer left": layered([]), "a call that ends alike": layered(LAYER) | {"eventName": "TestUpdateFunctionConfiguration"}, "another setting": call("lambda", "UpdateFunctionConfiguration20150331v2", {"functionName": "f", "timeout": 3}), "its code": call("lambda", "UpdateFunctionCode20150331v2", {"layers": LAYER}),
            "by Terraform": layered(LAYER, **TERRAFORM), "by OpenTofu": layered(LAYER, userAgent="APN/1.0 OpenTofu/1.7.0"), "by Pulumi": layered(LAYER, userAgent="APN/1.0 Pulumi/1.0"),
        } | others(layered(LAYER)),
    ),
    "ecs/large_task_defined": Case(
        {cpu: task(cpu) for cpu in ("8192", "16384", "8 vCPU", "16 vCPU")} | {"refused": task("16384", errorCode="AccessDeniedException")},
        {
            "four": task("4096"), "by Terraform": task("16384", **TERRAFORM), "by OpenTofu": task("16384", userAgent="OpenTofu/1.7"), "by Pulumi": task("16384", userAgent="Pulumi/1.0"), "given up": task("16384") | {"eventName": "DeregisterTaskDefinition"},
        } | others(task("16384")),
    ),
    "batch/command_overridden": Case(
        {
            "of a container": job(containerOverrides={"command": ["sh", "-c", "x"]}), "of one in ECS": job(ecsPropertiesOverride={"taskProperties": [{"containers": [{"command": ["sh"]}]}]}),
            "of one in EKS": job(eksPropertiesOverride={"podProperties": {"containers": [{"command": ["sh"]}]}}), "refused": job(containerOverrides={"command": ["sh"]}) | {"errorCode": "AccessDeniedException"},
        },
        {"as defined": job(), "other environment": job(containerOverrides={"environment": [{"name": "a"}]}), "defined": job(containerOverrides={"command": ["sh"]}) | {"eventName": "RegisterJobDefinition"}} | others(job(containerOverrides={"command": ["sh"]})),
    ),
    "sagemaker/start_script_changed": Case(
        calls("sagemaker", "CreateNotebookInstanceLifecycleConfig", "UpdateNotebookInstanceLifecycleConfig", "CreateStudioLifecycleConfig"),
        {"deleted": call("sagemaker", "DeleteStudioLifecycleConfig"), "on behalf": call("sagemaker", "CreateStudioLifecycleConfig", who=FOR_ANOTHER)} | others(call("sagemaker", "CreateStudioLifecycleConfig"), aws=False),
    ),
    "bedrock/guardrail_deleted": Case(
        calls("bedrock", "DeleteGuardrail", "DeleteEnforcedGuardrailConfiguration"),
        {"made": call("bedrock", "CreateGuardrail")} | others(call("bedrock", "DeleteGuardrail"), aws=False),
    ),
    "bedrock/invocation_log_deleted": Case(
        calls("bedrock", "DeleteModelInvocationLoggingConfiguration"),
        {"set": call("bedrock", "PutModelInvocationLoggingConfiguration")} | others(call("bedrock", "DeleteModelInvocationLoggingConfiguration"), aws=False),
    ),
    "bedrock/api_key_user_outside_bedrock": Case(
        {"a service with that name inside": call("my-bedrock", "ListThings", who=BEDROCK_USER), "another service": call("iam", "ListUsers", who=BEDROCK_USER), "refused": call("s3", "ListBuckets", who=BEDROCK_USER) | DENIED},
        {"Bedrock": call("bedrock", "InvokeModel", who=BEDROCK_USER), "a user with that name inside": call("iam", "ListUsers", who=BEDROCK_USER | {"userName": "my-BedrockAPIKey-x"}), "its agents": call("bedrock-agent", "ListAgents", who=BEDROCK_USER), "another user": call("iam", "ListUsers"), "a role of that name": call("iam", "ListUsers", who=BEDROCK_USER | {"type": "AssumedRole"})},
    ),
    "bedrock/model_access_asked_for": Case(
        calls("bedrock", "PutUseCaseForModelAccess", "CreateFoundationModelAgreement", "PutFoundationModelEntitlement"),
        {"looked at": call("bedrock", "ListFoundationModels")} | others(call("bedrock", "PutUseCaseForModelAccess"), aws=False),
    ),
    "iam/bedrock_key_made": Case(
        {"made": call("iam", "CreateServiceSpecificCredential", {"userName": "u", "serviceName": "bedrock.amazonaws.com"})},
        {"for code": call("iam", "CreateServiceSpecificCredential", {"serviceName": "codecommit.amazonaws.com"}), "taken away": call("iam", "DeleteServiceSpecificCredential", {"serviceName": "bedrock.amazonaws.com"})}
        | others(call("iam", "CreateServiceSpecificCredential", {"serviceName": "bedrock.amazonaws.com"}), aws=False),
    ),
}

OTHER = "444455556666"
NEW = {"responseElements": {"accessKey": {"accessKeyId": "AKIANEW", "userName": "eve"}}}
WITH_NEW = USER | {"arn": f"arn:aws:iam::{ACCOUNT}:user/eve", "userName": "eve", "accessKeyId": "AKIANEW"}
CONSOLE = {"sessionCredentialFromConsole": "true"}


def learnt(known: Event, new: Event) -> list[Timed]:
    """What is usual for a fortnight, and then something else."""
    return [(0, known), (7 * DAY, known), (14 * DAY, known), (15 * DAY, new)]


def burst(number: int, within: float, event: Any, *, who: Event = BOB) -> Story:
    """So many of `event(n)` are found, the last at the end of the time; one too few, too late, somebody else's, and AWS's are not."""
    step = within / (number - 1) if number > 1 else 0
    early = [(n * step / 2, event(n)) for n in range(number - 1)]
    hits = {"so many": [*early, (within, event(number - 1))]}
    return Story(hits, {
        "one too few": early,
        "the last a second too late": [*early, (within + 1, event(number - 1))],
        "the last by somebody else": [*early, (within, event(number - 1) | {"userIdentity": who} | THERE)],
    })


def distinct(number: int, within: float, event: Any, *, who: Event = BOB) -> Story:
    """As `burst`; and the same one again and again is not found."""
    story = burst(number, within, event, who=who)
    again = [(n * within / (4 * number), event(n % (number - 1))) for n in range(3 * number)]
    return Story(story.hits, story.misses | {"the same ones again": again})


def also(story: Story, number: int, hits: dict[str, Any] | None = None, **misses: Any) -> Story:
    """More that is found, and left alone: so many events made by a function, a second apart."""
    row = {what.replace("_", " "): every(1, *[event(n) for n in range(number)]) for what, event in misses.items()}
    found = {what: every(1, *[event(n) for n in range(number)]) for what, event in (hits or {}).items()}
    return Story(story.hits | found, story.misses | row)


def aws_too(story: Story, number: int, event: Any) -> Story:
    """AWS itself and services on behalf are left alone, and the same call of another service."""
    return also(
        story, number, by_AWS=lambda n: event(n) | {"userIdentity": AWS}, on_behalf=lambda n: event(n) | {"userIdentity": FOR_ANOTHER}, of_another_service=lambda n: event(n) | {"eventSource": "example.amazonaws.com"},
    )


def new_one(known: Event, new: Event, elsewhere: Any = None) -> Story:
    """Somebody or something new is found after learning, in every group for itself and again after thirty days; the same, what comes while learning, AWS and what is on behalf are not."""
    there = elsewhere or (lambda event: event | {"recipientAccountId": OTHER})
    return Story(
        {
            "new": learnt(known, new), "known elsewhere": [(0, known), (60, new), (14 * DAY, there(known)), (16 * DAY, there(new))], "forgotten": [(0, new), (60, known), (14 * DAY, known), (30 * DAY + 1, new)],
            "a day after its group": [(0, known), (15 * DAY, there(known)), (16 * DAY, there(new))],
        },
        {
            "the same": learnt(known, known), "while learning": [(0, known), (14 * DAY - 1, new)], "not forgotten yet": [(0, new), (60, known), (14 * DAY, known), (30 * DAY, new)],
            "on the first day of its group": [(0, known), (15 * DAY, there(known)), (16 * DAY - 1, there(new))],
        } | {what: learnt(known, event) for what, event in unlike(new).items()},
    )


def unlike(event: Event) -> dict[str, Event]:
    """The event by AWS in the same name, on behalf, of another service, and another call."""
    who = event["userIdentity"]
    return {
        "by AWS": event | {"userIdentity": who | {"type": "AWSService"}}, "on behalf": event | {"userIdentity": who | {"invokedBy": "cloudformation.amazonaws.com"}},
        "of another service": event | {"eventSource": "example.amazonaws.com"}, "another call": event | {"eventName": "Example"},
    }


def in_order(within: float, *steps: Event, who: Event = BOB, instead: dict[str, tuple[int, Event]] | None = None) -> Story:
    """The steps in order are found, the last at the end of the time; not so without one of them, too late, in another order, by somebody else, or with one that is otherwise."""
    early = [(float(n), step) for n, step in enumerate(steps[:-1])]
    last = steps[-1]
    other = {f"step {n + 1} {what}": (n, event) for n, step in enumerate(steps) for what, event in unlike(step).items()} | (instead or {})
    return Story(
        {"one after the other": [*early, (within, last)]},
        {
            "the last alone": [(0, last)], "without the last": early, "a second too late": [*early, (within + 1, last)], "the last comes first": [(0, last), *[(n + 10, step) for n, step in early]],
            "the last by somebody else": [*early, (within, last | {"userIdentity": who} | THERE)], "the last in another region": [*early, (within, last | {"awsRegion": "us-east-1"})],
        } | {what: every(1, *steps[:n], event, *steps[n + 1 :]) for what, (n, event) in other.items()},
    )


def anonymous(n: int, error: str = "AccessDenied", bucket: str | None = None, account: str = "anonymous") -> Event:
    who = {"type": "AWSAccount", "principalId": "", "accountId": account}
    return call("s3", "GetObject", {"bucketName": bucket or f"b{n}", "key": f"k{n}"}, who=who, errorCode=error)


def asked_quota(n: int, name: str = "GetServiceQuota", service: str = "ec2") -> Event:
    return call("servicequotas", name, {"serviceCode": service, "quotaCode": "L-1216C47A"}, awsRegion=f"r-{n}")


SES = ["GetSendQuota", "ListIdentities", "GetAccount", "GetAccountSendingEnabled", "GetIdentityVerificationAttributes", "GetEmailIdentity", "GetSendStatistics", "ListEmailIdentities"]
FIGURES = ["GetAccountPasswordPolicy", "GetAccountSummary", "ListAccountAliases"]


def mail(n: int, **more: Any) -> Event:
    return call("ses", SES[n], readOnly=True, **more)


def figure(n: int, **more: Any) -> Event:
    return call("iam", FIGURES[n], readOnly=True, **more)


def profile(user: str = "eve", name: str = "CreateLoginProfile", **more: Any) -> Event:
    return call("iam", name, {"userName": user}, **more)


EVE = WITH_NEW | {"accessKeyId": ""}


def role(name: str = "r", **more: Any) -> Event:
    return call("iam", "CreateRole", {"roleName": name}, **more)


def role_armed(name: str = "r", policy: str = ADMIN, **more: Any) -> Event:
    return call("iam", "AttachRolePolicy", {"roleName": name, "policyArn": policy}, **more)


def closed(n: int = 0, status: str = "SUPPRESSED", name: str = "BatchUpdateFindings", **more: Any) -> Event:
    return call("securityhub", name, {"findingIdentifiers": [{"id": str(n)}], "workflow": {"status": status}}, **more)


def password(n: int, **more: Any) -> Event:
    return call("ec2", "GetPasswordData", {"instanceId": f"i-{n}"}, **more)


def secret_in(n: int, name: str = "GetSecretValue") -> Event:
    return secret(1) | {"awsRegion": f"r-{n}", "eventName": name}


def parameter(n: int, decrypt: bool = True, name: str = "GetParameter") -> Event:
    return call("ssm", name, {"name": f"/p/{n}", "withDecryption": decrypt})


def parameters(n: int, decrypt: bool = True) -> Event:
    return call("ssm", "GetParameters", {"names": [f"/p/{n}", "/p/x"], "withDecryption": decrypt})


def parameters_under(n: int, decrypt: bool = True) -> Event:
    return call("ssm", "GetParametersByPath", {"path": f"/p/{n}", "withDecryption": decrypt})


def user_data(n: int, attribute: str = "userData", **more: Any) -> Event:
    return call("ec2", "DescribeInstanceAttribute", {"instanceId": f"i-{n}", "attribute": attribute}, **more)


def machine(name: str, **more: Any) -> Event:
    return call("ec2", name, {"instancesSet": {"items": [{"instanceId": "i-1"}]}}, **more)


REWRITTEN = call("ec2", "ModifyInstanceAttribute", {"instanceId": "i-1", "userData": "<sensitiveDataRemoved>"})


def session_on(n: int, **more: Any) -> Event:
    return call("ssm", "StartSession", {"target": f"i-{n}"}, **more)


def ssh_key(n: int, name: str = "SendSSHPublicKey") -> Event:
    return call("ec2-instance-connect", name, {"instanceId": f"i-{n}", "instanceOSUser": "root"})


def disk_block(n: int = 0, name: str = "GetSnapshotBlock") -> Event:
    return call("ebs", name, {"snapshotId": "snap-1", "blockIndex": n})


def written_with(key: str, name: str = "CopyObject", **more: Any) -> Event:
    return call("s3", name, {"bucketName": "b", "key": "k", "x-amz-server-side-encryption-aws-kms-key-id": f"arn:aws:kms:eu-west-1:{OTHER}:key/{key}"}, **more)


def in_another_bucket(event: Event) -> Event:
    return event | {"requestParameters": event["requestParameters"] | {"bucketName": "x"}}


def own_key(n: int = 0, bucket: str = "b") -> Event:
    return call("s3", "CopyObject", SSE_C | {"bucketName": bucket})


def backup_gone(n: int = 0, name: str = "DeleteDBSnapshot") -> Event:
    return call("rds", name, {"dBSnapshotIdentifier": f"s{n}"})


def snapshot_gone(n: int = 0, name: str = "DeleteSnapshot") -> Event:
    return call("ec2", name, {"snapshotId": f"snap-{n}"})


def key_gone(n: int = 0, name: str = "ScheduleKeyDeletion") -> Event:
    return call("kms", name, {"keyId": f"k{n}"})


def run_in(region: str, **more: Any) -> Event:
    return call("ec2", "RunInstances", {"instanceType": "m6i.large"}, awsRegion=region, **more)


def no_quota(n: int = 0, error: str = "Client.VcpuLimitExceeded") -> Event:
    return run_in("eu-west-1", errorCode=error)


def code(who: Event = USER, version: str = "20150331v2", **more: Any) -> Event:
    return call("lambda", f"UpdateFunctionCode{version}", {"functionName": "f"}, who=who) | more


def task_run(name: str = "RunTask", **more: Any) -> Event:
    return call("ecs", name, {"taskDefinition": "t"}, **more)


def models(name: str = "ListFoundationModels", who: Event = USER) -> Event:
    return call("bedrock", name, who=who)


def asked(n: int = 0, name: str = "InvokeModel", who: Event = USER, **more: Any) -> Event:
    return call("bedrock", name, {"modelId": f"m{n}"}, who=who, **more)


def wrong(n: int = 0, error: str = "AccessDeniedException", name: str = "InvokeModel") -> Event:
    return asked(n, name, errorCode=error)


def usage(hours: int, each: int, last: int) -> Any:
    """So many an hour for so many hours, and then many in one."""
    return lambda event: [(h * HOUR + n, event) for h in range(hours) for n in range(each)] + [(hours * HOUR + n, event) for n in range(last)]


A_WEEK, WATCHED = usage(7 * 24 + 2, 1, 199), usage(7 * 24 + 2, 1, 200)
KEY_SPENT, KEY_GONE = usage(7 * 24 + 2, 1, 499), usage(7 * 24 + 2, 1, 500)
ODD = USER | {"accessKeyId": "ASIAKIAEXAMPLE"}
GIVEN_IMAGE = call("ec2", "ModifyImageAttribute", {"launchPermission": {"add": {"items": [{"userId": OTHER}]}}})
OTHERWISE: dict[str, Event] = {"of another service": {"eventSource": "example.amazonaws.com"}, "only looked at": {"eventName": "Example"}}
COMMANDS = new_one(shell([]), shell([], "arn:aws:ssm:eu-west-1::document/AWS-RunPowerShellScript", who=BOB))
NOBODY = anonymous(0)["userIdentity"]
TRIED = call("sts", "GetCallerIdentity", who=WITH_NEW)

HALVES: set[str] = set()
"""Correlations that only others refer to."""

STATEFUL: dict[str, Story] = {
    "aws_s3_objects_guessed_without_login": also(
        burst(40, 10 * MINUTE, lambda n: anonymous(n, bucket="b"), who=NOBODY), 40,
        {error: lambda n, error=error: anonymous(n, error, "b") for error in ("NoSuchBucket", "NoSuchKey")} | {"of old": lambda n: anonymous(n, bucket="b", account="ANONYMOUS_PRINCIPAL")},
        found=lambda n: anonymous(n, "", "b") | {"errorCode": None}, another_error=lambda n: anonymous(n, "SlowDown", "b"), with_a_login=lambda n: anonymous(n, account=OTHER), of_another_service=lambda n: anonymous(n) | {"eventSource": "example.amazonaws.com"},
    ),
    "aws_s3_buckets_guessed_without_login": distinct(5, 10 * MINUTE, anonymous, who=NOBODY),
    "aws_servicequotas_asked_in_many_regions": aws_too(
        also(distinct(5, MINUTE, asked_quota), 5, {name: lambda n, name=name: asked_quota(n, name) for name in ("GetAWSDefaultServiceQuota", "ListServiceQuotas")}, of_networks=lambda n: asked_quota(n, service="vpc"), more_asked_for=lambda n: asked_quota(n, "RequestServiceQuotaIncrease")),
        5, asked_quota,
    ),
    "aws_ses_sending_explored": aws_too(
        also(distinct(3, 10 * MINUTE, mail), 3, {"others": lambda n: mail(n + 3), "still others": lambda n: mail(n + 5)}, in_the_console=lambda n: mail(n, **CONSOLE), mail_sent=lambda n: mail(n) | {"eventName": f"SendEmail{n}"}), 3, mail,
    ),
    "aws_iam_account_explored": aws_too(
        also(distinct(2, 10 * MINUTE, figure), 2, {"an alias": lambda n: figure(n + 1)}, in_the_console=lambda n: figure(n, **CONSOLE), other_reads=lambda n: figure(n) | {"eventName": f"ListUsers{n}"}), 2, figure,
    ),
    "aws_iam_new_key_tried_at_once": Story(
        {"made and tried": [(0, armed() | NEW), (HOUR, TRIED)]},
        {
            "a second too late": [(0, armed() | NEW), (HOUR + 1, TRIED)], "from elsewhere": [(0, armed() | NEW), (60, TRIED | THERE)], "another key": [(0, armed() | NEW), (60, call("sts", "GetCallerIdentity"))],
            "tried before": [(0, TRIED), (60, armed() | NEW)], "not made": [(0, armed() | NEW | {"errorCode": "LimitExceeded"}), (60, TRIED)], "another call": [(0, armed() | NEW), (60, TRIED | {"eventName": "GetSessionToken"})],
            "a session": [(0, armed() | {"responseElements": {"accessKey": {"accessKeyId": "ASIAKIANEW"}}}), (60, call("sts", "GetCallerIdentity", who=WITH_NEW | {"accessKeyId": "ASIAKIANEW"}))],
            "another call with a key": [(0, armed() | NEW | {"eventName": "UpdateAccessKey"}), (60, TRIED)], "made by another service": [(0, armed() | NEW | {"eventSource": "transfer.amazonaws.com"}), (60, TRIED)], "tried with another service": [(0, armed() | NEW), (60, TRIED | {"eventSource": "example.amazonaws.com"})],
        },
    ),
    "aws_iam_new_key_used_where_it_was_made": Story(
        {"made and used": [(0, armed() | NEW), (HOUR, call("s3", "ListBuckets", who=WITH_NEW))]},
        {
            "a second too late": [(0, armed() | NEW), (HOUR + 1, call("s3", "ListBuckets", who=WITH_NEW))], "from elsewhere": [(0, armed() | NEW), (60, call("s3", "ListBuckets", who=WITH_NEW) | THERE)],
            "a session": [(0, armed() | {"responseElements": {"accessKey": {"accessKeyId": "ASIAKIANEW"}}}), (60, call("s3", "ListBuckets", who=WITH_NEW | {"accessKeyId": "ASIAKIANEW"}))],
            "another key": [(0, armed() | NEW), (60, call("s3", "ListBuckets"))], "used before": [(0, call("s3", "ListBuckets", who=WITH_NEW)), (60, armed() | NEW)],
        },
    ),
    "aws_iam_user_made_and_given_a_credential": Story(
        {"a key": [(0, made()), (10 * MINUTE, armed())], "a password": [(0, made()), (60, profile())], "by two people": [(0, made()), (60, armed() | {"userIdentity": BOB})]},
        {"a second too late": [(0, made()), (10 * MINUTE + 1, armed())], "in another account": [(0, made()), (60, armed() | {"recipientAccountId": OTHER})], "another user": [(0, made()), (60, armed("mallory"))], "given before": [(0, armed()), (60, made())], "refused": [(0, made()), (60, armed() | {"errorCode": "AccessDenied"})]},
    ),
    "aws_iam_password_set_and_used": Story(
        {"made and used": [(0, profile()), (HOUR, signed_in(EVE))], "changed and used": [(0, profile(name="UpdateLoginProfile")), (60, signed_in(EVE))]},
        {
            "a second too late": [(0, profile()), (HOUR + 1, signed_in(EVE))], "from elsewhere": [(0, profile()), (60, signed_in(EVE, **THERE))], "another user": [(0, profile()), (60, signed_in(BOB))], "signed in before": [(0, signed_in(EVE)), (60, profile())],
            "his own": [(0, profile("ana", "UpdateLoginProfile")), (60, signed_in())], "not set": [(0, profile(errorCode="AccessDenied")), (60, signed_in(EVE))], "did not get in": [(0, profile()), (60, signed_in(EVE) | {"responseElements": {"ConsoleLogin": "Failure"}})],
            "no user": [(0, profile()), (60, signed_in(EVE | {"type": "AssumedRole"}))], "read": [(0, profile(name="GetLoginProfile")), (60, signed_in(EVE))], "set by another service": [(0, profile() | {"eventSource": "example.amazonaws.com"}), (60, signed_in(EVE))],
            "two who have no name": [(0, call("iam", "CreateLoginProfile")), (60, signed_in({k: v for k, v in EVE.items() if k != "userName"}))], "signed in to another service": [(0, profile()), (60, signed_in(EVE) | {"eventSource": "example.amazonaws.com"})], "another sign-in": [(0, profile()), (60, signed_in(EVE) | {"eventName": "CheckMfa"})],
        },
    ),
    "aws_iam_role_made_administrator": Story(
        {"made, then given": [(0, role()), (HOUR, role_armed())], "everything in IAM": [(0, role()), (60, role_armed(policy="arn:aws:iam::aws:policy/IAMFullAccess"))]},
        {
            "a second too late": [(0, role()), (HOUR + 1, role_armed())], "another role": [(0, role()), (60, role_armed("x"))], "to read": [(0, role()), (60, role_armed(policy="arn:aws:iam::aws:policy/ReadOnlyAccess"))], "made by another service": [(0, role(eventSource="example.amazonaws.com")), (60, role_armed())], "given by another service": [(0, role()), (60, role_armed(eventSource="example.amazonaws.com"))], "taken away": [(0, role()), (60, role_armed() | {"eventName": "DetachRolePolicy"})],
            "a policy of that name with more behind it": [(0, role()), (60, role_armed(policy=f"{ADMIN}-Amplify"))], "only made": [(0, role())], "only given": [(0, role_armed())],
            "not made": [(0, role(errorCode="EntityAlreadyExists")), (60, role_armed())], "not given": [(0, role()), (60, role_armed(errorCode="AccessDenied"))], "made on behalf": [(0, role(who=FOR_ANOTHER)), (60, role_armed())], "given on behalf": [(0, role()), (60, role_armed(who=FOR_ANOTHER))],
            "made by AWS": [(0, role(who=AWS)), (60, role_armed())], "given by AWS": [(0, role()), (60, role_armed(who=AWS))], "in another account": [(0, role()), (60, role_armed(recipientAccountId=OTHER))],
        },
    ),
    "aws_iam_trust_changed_by_somebody_new": new_one(call("iam", "UpdateAssumeRolePolicy", {"roleName": "r"}), call("iam", "UpdateAssumeRolePolicy", {"roleName": "r"}, who=BOB)),
    "aws_iam_boundary_set_by_somebody_new": new_one(call("iam", "PutUserPermissionsBoundary", {"userName": "u"}), call("iam", "PutRolePermissionsBoundary", {"roleName": "r"}, who=BOB)),
    "aws_securityhub_many_findings_closed": aws_too(
        also(
            burst(10, 10 * MINUTE, closed), 10,
            {
                "resolved": lambda n: closed(n, "RESOLVED"), "the second version": lambda n: closed(n, name="BatchUpdateFindingsV2"), "the old call": lambda n: closed(n, name="UpdateFindings"), "archived": lambda n: call("securityhub", "UpdateFindings", {"recordState": "ARCHIVED"}),
                "archived, in capitals": lambda n: call("securityhub", "UpdateFindings", {"RecordState": "ARCHIVED"}), "in capitals": lambda n: call("securityhub", "BatchUpdateFindings", {"Workflow": {"Status": "SUPPRESSED"}}), "resolved, in capitals": lambda n: call("securityhub", "BatchUpdateFindings", {"Workflow": {"Status": "RESOLVED"}}),
            },
            looked_into=lambda n: closed(n, "NOTIFIED"), imported=lambda n: closed(n, name="BatchImportFindings"),
        ), 10, closed,
    ),
    "aws_logs_many_log_groups_deleted": aws_too(also(distinct(10, 10 * MINUTE, lambda n: log_group(f"g{n}")), 10, streams=lambda n: log_group(f"g{n}", "DeleteLogStream")), 10, lambda n: log_group(f"g{n}")),
    "aws_any_watchers_switched_off": Story(
        {
            "trail and detector": [(0, stopped()), (HOUR, duty("DeleteDetector"))], "recorder and hub": [(0, call("config", "StopConfigurationRecorder")), (60, call("securityhub", "DisableSecurityHub"))],
            "suspended and Inspector": [(0, duty("UpdateDetector", enable=False)), (60, call("inspector2", "Disable"))], "a store of events and a channel": [(0, call("cloudtrail", "StopEventDataStoreIngestion")), (60, call("config", "DeleteDeliveryChannel"))], "a trail and a recorder deleted": [(0, call("cloudtrail", "DeleteTrail")), (60, call("config", "DeleteConfigurationRecorder"))],
            "Macie and flow logs": [(0, call("macie2", "DisableMacie")), (60, call("ec2", "DeleteFlowLogs"))], "analyzer and DNS, both refused": [(0, call("access-analyzer", "DeleteAnalyzer") | DENIED), (60, call("route53resolver", "DeleteResolverQueryLogConfig") | DENIED)],
        },
        {
            "one twice": [(0, stopped()), (60, stopped())], "a detector that goes on": [(0, stopped()), (60, duty("UpdateDetector", enable=True))],
            **{f"{one['eventName']} {what}": [(0, stopped()), (60, one | change)] for what, change in OTHERWISE.items() for one in (duty("DeleteDetector"), duty("UpdateDetector", enable=False), call("config", "DeleteDeliveryChannel"), call("securityhub", "DisableSecurityHub"), call("macie2", "DisableMacie"), call("inspector2", "Disable"), call("access-analyzer", "DeleteAnalyzer"), call("ec2", "DeleteFlowLogs"), call("route53resolver", "DeleteResolverQueryLogConfig"))},
            **{f"a trail {what}": [(0, duty("DeleteDetector")), (60, stopped() | change)] for what, change in OTHERWISE.items()},
            "a second too late": [(0, stopped()), (HOUR + 1, duty("DeleteDetector"))], "by two people": [(0, stopped()), (60, duty("DeleteDetector") | {"userIdentity": BOB})],
        },
    ),
    "aws_ec2_windows_passwords_read": aws_too(also(distinct(5, HOUR, password), 5, {"refused": lambda n: password(n, errorCode="Client.UnauthorizedOperation")}, console_output=lambda n: password(n) | {"eventName": "GetConsoleOutput"}), 5, password),
    "aws_ec2_windows_passwords_refused": burst(10, 10 * MINUTE, lambda n: call("ec2", "GetPasswordData", errorCode="Client.UnauthorizedOperation")),
    "aws_secretsmanager_secrets_read_in_many_regions": aws_too(also(distinct(4, 10 * MINUTE, secret_in), 4, {"many at once": lambda n: secret_in(n, "BatchGetSecretValue")}, listed=lambda n: secret_in(n, "ListSecrets")), 4, secret_in),
    "aws_secretsmanager_secrets_read_by_somebody_new": Story(new_one(secret(1), secret(1, BOB)).hits | {"in bulk": learnt(secret(1), secret(1, BOB) | {"eventName": "BatchGetSecretValue"})}, new_one(secret(1), secret(1, BOB)).misses),
    "aws_ssm_many_parameters_read": aws_too(also(distinct(15, 10 * MINUTE, parameter), 15, {"their past": lambda n: parameter(n, name="GetParameterHistory")}, not_decrypted=lambda n: parameter(n, decrypt=False), written=lambda n: parameter(n, name="PutParameter")), 15, parameter),
    "aws_ssm_many_parameter_lists_read": also(distinct(5, 10 * MINUTE, parameters), 5, not_decrypted=lambda n: parameters(n, decrypt=False)),
    "aws_ssm_many_parameter_paths_read": also(distinct(5, 10 * MINUTE, parameters_under), 5, not_decrypted=lambda n: parameters_under(n, decrypt=False)),
    "aws_ec2_user_data_of_many_machines_read": aws_too(
        also(
            distinct(5, HOUR, user_data), 5, other_attributes=lambda n: user_data(n, "instanceType"), changed=lambda n: user_data(n) | {"eventName": "ModifyInstanceAttribute"}, in_the_console=lambda n: user_data(n, **CONSOLE),
            by_Terraform=lambda n: user_data(n, **TERRAFORM), by_OpenTofu=lambda n: user_data(n, userAgent="OpenTofu/1.7"), by_Pulumi=lambda n: user_data(n, userAgent="Pulumi/1.0"),
        ), 5, user_data,
    ),
    "aws_ec2_start_script_changed_and_run": in_order(
        HOUR, machine("StopInstances"), REWRITTEN, machine("StartInstances"),
        instead={
            "stop refused": (0, machine("StopInstances", errorCode="Client.UnauthorizedOperation")), "change refused": (1, REWRITTEN | {"errorCode": "Client.UnauthorizedOperation"}), "start refused": (2, machine("StartInstances", errorCode="Client.UnauthorizedOperation")),
            "another attribute": (1, call("ec2", "ModifyInstanceAttribute", {"instanceId": "i-1", "groupSet": {}})),
        },
    ),
    "aws_ssm_sessions_on_many_machines": aws_too(also(distinct(5, HOUR, session_on), 5, ended=lambda n: session_on(n) | {"eventName": "TerminateSession"}), 5, session_on),
    "aws_ssm_commands_by_somebody_new": Story(
        COMMANDS.hits, COMMANDS.misses | {"another document": learnt(shell([]), shell([], "AWS-UpdateSSMAgent", who=BOB)), "one that begins alike": learnt(shell([]), shell([], "AWS-RunShellScript-Checked", who=BOB))},
    ),
    "aws_ec2_keys_sent_to_many_machines": aws_too(also(distinct(5, HOUR, ssh_key), 5, {"by the serial port": lambda n: ssh_key(n, "SendSerialConsoleSSHPublicKey")}, tunnels=lambda n: ssh_key(n, "OpenTunnel")), 5, ssh_key),
    "aws_ec2_snapshot_made_and_shared": Story(
        in_order(HOUR, call("ec2", "CreateSnapshot", {"volumeId": "vol-1"}), call("ec2", "ModifySnapshotAttribute", SHARE)).hits
        | {name: [(0, call("ec2", name)), (60, call("ec2", "ModifySnapshotAttribute", SHARE))] for name in ("CreateSnapshots", "CopySnapshot", "CreateImage", "CopyImage")}
        | {"an image": [(0, call("ec2", "CreateImage")), (60, GIVEN_IMAGE)]},
        in_order(
            HOUR, call("ec2", "CreateSnapshot"), call("ec2", "ModifySnapshotAttribute", SHARE),
            instead={
                "not made": (0, call("ec2", "CreateSnapshot", errorCode="Client.UnauthorizedOperation")), "taken back": (1, call("ec2", "ModifySnapshotAttribute", {"createVolumePermission": {"remove": {"items": [{"userId": OTHER}]}}})), "an image taken back": (1, call("ec2", "ModifyImageAttribute", {"launchPermission": {"remove": {"items": [{"userId": OTHER}]}}})),
                "an image of another service": (1, GIVEN_IMAGE | {"eventSource": "example.amazonaws.com"}), "another call for an image": (1, GIVEN_IMAGE | {"eventName": "Example"}),
            },
        ).misses,
    ),
    "aws_ec2_snapshot_read_by_blocks": aws_too(also(burst(100, 10 * MINUTE, disk_block), 100, {name: lambda n, name=name: disk_block(n, name) for name in ("ListSnapshotBlocks", "ListChangedBlocks")}, written=lambda n: disk_block(n, "PutSnapshotBlock")), 100, disk_block),
    "aws_s3_objects_encrypted_with_a_new_key": Story(
        new_one(written_with("k1"), written_with("k2"), in_another_bucket).hits | {"written": learnt(written_with("k1"), written_with("k2", "PutObject")), "in parts": learnt(written_with("k1"), written_with("k2", "CreateMultipartUpload"))},
        new_one(written_with("k1"), written_with("k2"), in_another_bucket).misses | {"a key of its own account, by its id": learnt(written_with("k1"), call("s3", "CopyObject", {"bucketName": "b", "x-amz-server-side-encryption-aws-kms-key-id": "1234-arn:x"})), "read": learnt(written_with("k1"), written_with("k2", "GetObject"))},
    ),
    "aws_s3_many_objects_encrypted": Story(
        {"twenty of one bucket": [*every(10, *[own_key()] * 19), (10 * MINUTE, own_key())], "by two people": [*every(10, *[own_key()] * 19), (300, own_key() | {"userIdentity": BOB})]},
        {"nineteen": every(1, *[own_key()] * 19), "the last a second too late": [*every(10, *[own_key()] * 19), (10 * MINUTE + 1, own_key())], "the last in another bucket": [*every(10, *[own_key()] * 19), (300, own_key(bucket="x"))]},
    ),
    "aws_s3_many_buckets_deleted": aws_too(also(distinct(5, 10 * MINUTE, lambda n: bucket_gone(f"x{n}")), 5, objects=lambda n: deleted(f"x{n}")), 5, lambda n: bucket_gone(f"x{n}")),
    "aws_s3_unusually_many_objects_read": Story({"far more": KEY_GONE(call("s3", "GetObject", {"bucketName": "b", "key": "k"}))}, {"one too few": KEY_SPENT(call("s3", "GetObject", {"bucketName": "b", "key": "k"})), "refused": KEY_GONE(call("s3", "GetObject") | DENIED)}),
    "aws_rds_many_backups_deleted": aws_too(
        also(burst(5, 10 * MINUTE, backup_gone), 5, {name: lambda n, name=name: backup_gone(n, name) for name in ("DeleteDBClusterSnapshot", "DeleteDBInstanceAutomatedBackup", "DeleteDBClusterAutomatedBackup")}, made=lambda n: backup_gone(n, "CreateDBSnapshot")), 5, backup_gone,
    ),
    "aws_ec2_many_snapshots_deleted": aws_too(also(burst(20, 10 * MINUTE, snapshot_gone), 20, {"images": lambda n: snapshot_gone(n, "DeregisterImage")}, made=lambda n: snapshot_gone(n, "CreateSnapshot")), 20, snapshot_gone),
    "aws_kms_many_keys_taken_away": aws_too(also(distinct(3, 10 * MINUTE, key_gone), 3, {name: lambda n, name=name: key_gone(n, name) for name in ("DisableKey", "DeleteImportedKeyMaterial")}, made=lambda n: key_gone(n, "CreateKey")), 3, key_gone),
    "aws_ec2_machines_in_a_new_region": new_one(run_in("eu-west-1"), run_in("ap-southeast-1")),
    "aws_ec2_machines_in_many_regions": aws_too(also(distinct(4, 10 * MINUTE, lambda n: run_in(f"r-{n}")), 4, {"refused": lambda n: run_in(f"r-{n}", errorCode="Client.VcpuLimitExceeded")}, looked_at=lambda n: run_in(f"r-{n}") | {"eventName": "DescribeInstances"}), 4, lambda n: run_in(f"r-{n}")),
    "aws_ec2_many_machines_refused": aws_too(
        also(
            burst(5, 10 * MINUTE, no_quota), 5, {error: lambda n, error=error: no_quota(n, error) for error in ("Client.InstanceLimitExceeded", "Client.MaxSpotInstanceCountExceeded", "VcpuLimitExceeded", "InstanceLimitExceeded")},
            no_right=lambda n: no_quota(n, "Client.UnauthorizedOperation"), of_addresses=lambda n: no_quota(n) | {"eventName": "AllocateAddress"},
        ), 5, no_quota,
    ),
    "aws_lambda_code_changed_by_somebody_new": Story(new_one(code(), code(BOB)).hits | {"without a version": learnt(code(), code(BOB, ""))}, new_one(code(), code(BOB)).misses | {"a call that ends alike": learnt(code(), code(BOB) | {"eventName": "TestUpdateFunctionCode"}), "its settings": learnt(code(), code(BOB) | {"eventName": "UpdateFunctionConfiguration20150331v2"})}),
    "aws_ecs_large_task_defined_and_run": Story(
        in_order(HOUR, task("16384"), task_run()).hits | {name: [(0, task("16384")), (60, task_run(name))] for name in ("StartTask", "CreateService", "UpdateService")} | {cpu: [(0, task(cpu)), (60, task_run())] for cpu in ("8192", "8 vCPU", "16 vCPU")},
        in_order(HOUR, task("16384"), task_run(), instead={"not defined": (0, task("16384", errorCode="AccessDeniedException")), "a small one": (0, task("256"))}).misses,
    ),
    "aws_bedrock_models_listed_and_called": Story(
        in_order(15 * MINUTE, models(), asked()).hits
        | {name: [(0, models(name)), (60, asked())] for name in ("ListInferenceProfiles", "ListCustomModels", "GetFoundationModelAvailability")}
        | {name: [(0, models()), (60, asked(0, name, errorCode="AccessDeniedException"))] for name in ("InvokeModelWithResponseStream", "Converse", "ConverseStream")},
        {
            what: events
            for what, events in in_order(15 * MINUTE, models(), asked(), instead={"listed with a session": (0, models(who=ODD)), "called with a session": (1, asked(who=ODD))}).misses.items() if "region" not in what
        } | {"with a session": every(1, models(who=ODD), asked(who=ODD))},
    ),
    "aws_bedrock_models_refused": aws_too(
        also(
            burst(10, 10 * MINUTE, wrong), 10, {error: lambda n, error=error: wrong(n, error) for error in ("AccessDenied", "ResourceNotFoundException", "ValidationException")} | {name: lambda n, name=name: wrong(n, name=name) for name in ("InvokeModelWithResponseStream", "Converse", "ConverseStream")},
            answered=asked, throttled=lambda n: wrong(n, "ThrottlingException"), listed=lambda n: wrong(n, name="ListFoundationModels"),
        ), 10, wrong,
    ),
    "aws_bedrock_models_called_by_somebody_new": Story(new_one(asked(), asked(who=BOB)).hits | {name: learnt(asked(), asked(0, name, BOB)) for name in ("InvokeModelWithResponseStream", "Converse", "ConverseStream")}, new_one(asked(), asked(who=BOB)).misses | {"listed": learnt(asked(), models(who=BOB))}),
    "aws_bedrock_far_more_model_calls": Story({"far more": WATCHED(asked())}, {"one too few": A_WEEK(asked()), "on behalf": WATCHED(asked(who=FOR_ANOTHER))}),
}
