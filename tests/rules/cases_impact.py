# fmt: off
# ruff: noqa: E501 - an event is a line of data
"""Cases of the rules about what is done from inside: staying, hiding, taking along, destroying, and using at another's cost."""

from __future__ import annotations

from json import dumps
from typing import Any

from shipped_cases import Case
from shipped_events import ACCOUNT, ADMIN, DENIED, HTTPS_ONLY, OPEN, ROLE, ROOT, SERVICE, USER, call
from stateful_cases import Case as Story

__all__ = ["HALVES", "SINGLE", "STATEFUL"]

Event = dict[str, Any]
FOR_ANOTHER = ROLE | {"invokedBy": "cloudformation.amazonaws.com"}
SESSION = USER | {"accessKeyId": "ASIAEXAMPLE"}
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
    return found | ({"by AWS": event | {"userIdentity": SERVICE}, "on behalf": event | {"userIdentity": FOR_ANOTHER}} if aws else {})


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
            "with a key": mfa(who=USER), "by a role": mfa(who=ROLE), "in the console": mfa(sessionCredentialFromConsole="true"), "by the console of old": mfa(userAgent="console.amazonaws.com"),
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
        {"Linux": shell(EVERYTHING), "Windows": shell(EVERYTHING, "AWS-RunPowerShellScript"), "by the document's ARN": shell(EVERYTHING, "AWS-RunShellScript") | {"errorCode": "AccessDeniedException"}},
        {
            "a tag": shell([{"key": "tag:role", "values": ["*"]}]), "one machine": shell([{"key": "InstanceIds", "values": ["i-1"]}]), "another document": shell(EVERYTHING, "AWS-UpdateSSMAgent"),
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
        {"with a login": call("lambda", "CreateFunctionUrlConfig", {"authType": "AWS_IAM"}), "taken away": call("lambda", "DeleteFunctionUrlConfig", {"authType": "NONE"})} | others(call("lambda", "CreateFunctionUrlConfig", {"authType": "NONE"}), aws=False),
    ),
    "lambda/layer_added": Case(
        {"as it is called": layered(LAYER), "without a version": layered(LAYER, ""), "refused": layered(LAYER) | {"errorCode": "AccessDeniedException"}},
        {
            "no layer left": layered([]), "another setting": call("lambda", "UpdateFunctionConfiguration20150331v2", {"functionName": "f", "timeout": 3}), "its code": call("lambda", "UpdateFunctionCode20150331v2", {"layers": LAYER}),
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
        {"another service": call("iam", "ListUsers", who=BEDROCK_USER), "refused": call("s3", "ListBuckets", who=BEDROCK_USER) | DENIED},
        {"Bedrock": call("bedrock", "InvokeModel", who=BEDROCK_USER), "its agents": call("bedrock-agent", "ListAgents", who=BEDROCK_USER), "another user": call("iam", "ListUsers"), "a role of that name": call("iam", "ListUsers", who=BEDROCK_USER | {"type": "AssumedRole"})},
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

HALVES: set[str] = set()

STATEFUL: dict[str, Story] = {}
