"""What is called: the everyday calls of an organisation, in order of how often, as data.

QUIET are calls that public rule sets for AWS say nothing about; WATCHED are everyday calls that some rule there looks
at (an inventory, a login, an AssumeRole). The corpus mixes the two to reach the share of matching events it is asked for.
Within a list the n-th call is about 1/n as frequent as the first.
"""

# ruff: noqa: E501 - a call is a line of data

from __future__ import annotations

from typing import Any, NamedTuple

from trail.shape import Shape, dumps

__all__ = ["QUIET", "WATCHED", "Call", "shape"]


class Call(NamedTuple):
    """One kind of call.

    by         kinds of caller (trail.world): "user", "role", "service:kms", ...
    read       readOnly
    data       a data event, not a management event
    more       further fields of the record: resources, additionalEventData, apiVersion, eventType, ...
    errors     (errorCode, errorMessage) that happen to it; response is null then
    """

    source: str
    name: str
    by: tuple[str, ...]
    request: Any
    response: Any
    read: bool
    data: bool
    more: dict[str, Any]
    errors: tuple[tuple[str, str], ...]


APP = ("user", "federated", "role")
STAFF = ("human", "role")
DEPLOY = ("user", "role")
_ARN = "arn:aws:{}:<region>:<account>:{}".format
_THROTTLED = ("ThrottlingException", "Rate exceeded")
_S3_MORE = {
    "SignatureVersion": "SigV4", "CipherSuite": "TLS_AES_128_GCM_SHA256", "bytesTransferredIn": "<#900000>", "SSEApplied": "Default_SSE_S3",
    "AuthenticationMethod": "AuthHeader", "x-amz-id-2": "<b64-75>=", "bytesTransferredOut": "<#700000>",
}  # fmt: skip
_OBJECT = "<folder>/year=2024/month=<month>/<hex8>/part-<digits5>-<uuid:object>.<suffix>"
_BUCKET = [{"accountId": "<account>", "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::<bucket>"}]
_OBJECTS = [{"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::<bucket>/{_OBJECT}"}, *_BUCKET]
_KMS = [{"accountId": "<account>", "type": "AWS::KMS::Key", "ARN": _ARN("kms", "key/<kmskey>")}]
_HOST = "<bucket>.s3.<region>.amazonaws.com"


def _call(source: str, name: str, by: tuple[str, ...], request: Any, response: Any = None, *, read: bool = True, data: bool = False,
          errors: tuple[tuple[str, str], ...] = (), **more: Any) -> Call:  # fmt: skip
    return Call(f"{source}.amazonaws.com", name, by, request, response, read, data, more, errors)


def _s3(
    name: str,
    by: tuple[str, ...],
    request: dict[str, Any],
    response: Any = None,
    *,
    read: bool,
    data: bool = True,
    errors: tuple[tuple[str, str], ...] = (),
) -> Call:
    host = {"bucketName": "<bucket>", "Host": _HOST}
    return _call("s3", name, by, host | request, response, read=read, data=data, errors=errors,
                 additionalEventData=_S3_MORE, resources=_OBJECTS if data and "key" in request else _BUCKET)  # fmt: skip


def _dynamo(name: str, request: dict[str, Any], *, read: bool) -> Call:
    table = {"tableName": "<table>"} | request
    return _call("dynamodb", name, APP, table, read=read, data=True, apiVersion="2012-08-10",
                 errors=(("ProvisionedThroughputExceededException", "The level of configured provisioned throughput for the table was exceeded."),
                         ("ConditionalCheckFailedException", "The conditional request failed")),
                 resources=[{"accountId": "<account>", "type": "AWS::DynamoDB::Table", "ARN": _ARN("dynamodb", "table/<table>")}])  # fmt: skip


def _items(key: str, *values: str) -> dict[str, Any]:
    return {"items": [{key: value} for value in values]}


_FILTER = {
    "items": [
        {"name": "tag:service", "valueSet": {"items": [{"value": "<service>"}]}},
        {"name": "vpc-id", "valueSet": {"items": [{"value": "<vpc>"}]}},
    ]
}


def _query(name: str) -> dict[str, Any]:
    """One of the queries of a GetMetricData call; dashboards ask many at once."""
    metric = {
        "namespace": "AWS/SQS",
        "metricName": f"<metric:{name}>",
        "dimensions": [{"name": "QueueName", "value": f"<queue:{name}>"}],
    }
    return {
        "id": f"{name}<digits4:{name}>",
        "returnData": True,
        "metricStat": {"metric": metric, "period": 60, "stat": "Sum", "unit": "Count"},
    }


QUIET: list[Call] = [
    _call("kms", "Decrypt", ("via:secretsmanager", "via:ssm", "via:dynamodb", "via:s3", "user", "role"),
          {"encryptionAlgorithm": "SYMMETRIC_DEFAULT", "encryptionContext": {"aws:s3:arn": f"arn:aws:s3:::<bucket>/{_OBJECT}"}}, resources=_KMS, vpcEndpointId="<endpoint>"),
    _dynamo("GetItem", {"key": {"id": "<uuid:item>"}, "consistentRead": False, "projectionExpression": "#id, #state, #owner, #updated, #total, #currency", "expressionAttributeNames": {"#id": "id", "#state": "state", "#owner": "owner", "#updated": "updated", "#total": "total", "#currency": "currency"}}, read=True),
    _call("kms", "GenerateDataKey", ("service:s3", "via:s3", "service:cloudtrail", "user", "role"),
          {"encryptionContext": {"aws:s3:arn": f"arn:aws:s3:::<bucket>/{_OBJECT}"}, "keySpec": "AES_256", "keyId": _ARN("kms", "key/<kmskey>")},
          resources=_KMS, sharedEventID="<uuid:shared>"),
    _call("sqs", "ReceiveMessage", APP, {"queueUrl": "https://sqs.<region>.amazonaws.com/<account>/<queue>", "maxNumberOfMessages": 10, "waitTimeSeconds": 20, "attributeNames": ["All"]},
          read=False, data=True, resources=[{"accountId": "<account>", "type": "AWS::SQS::Queue", "ARN": _ARN("sqs", "<queue>")}]),
    _dynamo("UpdateItem", {"key": {"id": "<uuid:item>", "sort": "v<digits10>"}, "updateExpression": "SET #state = :s, #updated = :u ADD #version :one", "conditionExpression": "attribute_exists(#id) AND #version = :v", "expressionAttributeNames": {"#id": "id", "#state": "state", "#updated": "updated", "#version": "version"}, "returnValues": "NONE"}, read=False),
    _s3("UploadPart", APP, {"key": _OBJECT, "partNumber": "<digits2>", "uploadId": "<alnum60>"}, {"x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": _ARN("kms", "key/<kmskey>")}, read=False),
    _dynamo("Query", {"indexName": "by-<team>", "keyConditionExpression": "#p = :p AND #s BETWEEN :a AND :b", "expressionAttributeNames": {"#p": "<team>", "#s": "updated"}, "limit": 100}, read=True),
    _call("monitoring", "GetMetricData", ("user", "federated", "service:autoscaling", "role"), {"startTime": "<when>", "endTime": "<when>", "maxDatapoints": 100800, "metricDataQueries": [_query(name) for name in "abcdef"]}, errors=(_THROTTLED,)),
    _call("ssm", "UpdateInstanceInformation", ("user", "role"), {"instanceId": "<instance>", "agentVersion": "3.2.<digits4>.0", "agentStatus": "Active", "platformType": "Linux", "platformName": "Amazon Linux", "platformVersion": "2023",
          "iPAddress": "<private>", "computerName": "ip-<digits3>.<region>.compute.internal", "agentName": "amazon-ssm-agent", "availabilityZone": "<region>a", "availabilityZoneId": "use1-az<digits1>", "sSMConnectionChannel": "ssmmessages"}, read=False),
    _dynamo("PutItem", {"key": {"id": "<uuid:item>"}, "returnConsumedCapacity": "TOTAL"}, read=False),
    _call("ssm", "GetParameter", APP, {"name": "<parameter>", "withDecryption": True}, errors=(("ParameterNotFound", "Parameter <parameter> not found."), _THROTTLED),
          resources=[{"accountId": "<account>", "ARN": "arn:aws:ssm:<region>:<account>:parameter<parameter>"}]),
    _call("elasticloadbalancing", "DescribeTargetHealth", ("user", "service:ecs", "service:autoscaling", "role"), {"targetGroupArn": _ARN("elasticloadbalancing", "targetgroup/<targetgroup>")}, apiVersion="2015-12-01", errors=(_THROTTLED,)),
    _call("ecr", "BatchCheckLayerAvailability", ("user", "role"), {"repositoryName": "<repository>", "registryId": "<account>", "layerDigests": ["sha256:<hex64>"]},
          {"layers": [{"layerDigest": "sha256:<hex64>", "layerAvailability": "AVAILABLE", "layerSize": "<#90000000>", "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip"}], "failures": []}, read=False,
          resources=[{"accountId": "<account>", "ARN": _ARN("ecr", "repository/<repository>")}]),
    _s3("CompleteMultipartUpload", APP, {"key": _OBJECT, "uploadId": "<alnum60>"}, {"x-amz-server-side-encryption": "AES256", "x-amz-expiration": "expiry-date=\"Sun, 02 Jun 2024 00:00:00 GMT\", rule-id=\"expire-<folder>\""}, read=False),
    _call("ecs", "DescribeTasks", ("user", "federated", "role"), {"cluster": "<cluster>", "tasks": [_ARN("ecs", "task/<cluster>/<hex32>"), _ARN("ecs", "task/<cluster>/<hex32:b>")], "include": ["TAGS"]}, errors=(("ClusterNotFoundException", "Cluster not found."),)),
    _call("ecr", "GetDownloadUrlForLayer", ("user", "role"), {"repositoryName": "<repository>", "registryId": "<account>", "layerDigest": "sha256:<hex64>"},
          resources=[{"accountId": "<account>", "ARN": _ARN("ecr", "repository/<repository>")}]),
    _call("lambda", "ListTags20170331", ("user", "service:config", "federated"), {"resource": _ARN("lambda", "function:<function>")}, errors=(("ResourceNotFoundException", "The resource you requested does not exist."),)),
    _dynamo("BatchGetItem", {"requestItems": {"<table>": {"keys": [{"id": "<uuid:item>"}, {"id": "<uuid:item2>"}, {"id": "<uuid:item3>"}]}}}, read=True),
    _call("cloudformation", "DescribeStacks", ("user", "human", "role"), {"stackName": "<stack>"}, errors=(("ValidationException", "Stack with id <stack> does not exist"), ("Throttling", "Rate exceeded"))),
    _call("codepipeline", "PollForJobs", ("user", "role"), {"actionTypeId": {"category": "Build", "owner": "Custom", "provider": "Jenkins", "version": "1"}, "maxBatchSize": 1}, read=False),
    _call("glue", "GetPartitions", ("user", "via:athena", "role"), {"databaseName": "<team>_lake", "tableName": "<team>_events", "expression": "dt >= '2024-<month>-<day>' AND dt <= '2024-<month>-<day:b>'", "catalogId": "<account>", "segment": {"segmentNumber": 0, "totalSegments": 4}}),
    _call("logs", "CreateLogGroup", ("service:lambda", "user", "role"), {"logGroupName": "<group>"}, read=False, apiVersion="20140328", errors=(("ResourceAlreadyExistsException", "The specified log group already exists"),)),
    _call("tagging", "GetResources", ("user", "federated", "role"), {"resourceTypeFilters": ["ec2:instance", "rds:db", "elasticloadbalancing:loadbalancer"], "resourcesPerPage": 100, "tagFilters": [{"key": "service", "values": ["<service>"]}]}),
    _s3("CreateMultipartUpload", APP, {"key": _OBJECT, "uploads": "", "x-amz-storage-class": "INTELLIGENT_TIERING"}, {"x-amz-server-side-encryption": "AES256"}, read=False),
    _call("athena", "GetQueryExecution", ("user", "federated", "role"), {"queryExecutionId": "<uuid:query>"}, errors=(("InvalidRequestException", "QueryExecution <uuid:query> was not found"),)),
    _call("kinesis", "DescribeStreamSummary", ("user", "service:lambda", "role"), {"streamName": "<stream>"}),
    _call("states", "StartExecution", ("user", "role", "service:events"), {"stateMachineArn": _ARN("states", "stateMachine:<service>"), "name": "<uuid:run>", "input": "HIDDEN_DUE_TO_SECURITY_REASONS"},
          {"executionArn": _ARN("states", "execution:<service>:<uuid:run>"), "startDate": "<when>"}, read=False),
    _call("autoscaling", "DescribeAutoScalingGroups", ("user", "service:ecs", "role"), {"autoScalingGroupNames": ["<cluster>-nodes"], "maxRecords": 100}, errors=(_THROTTLED,)),
    _call("eks", "DescribeNodegroup", ("user", "service:eks", "role"), {"name": "<cluster>", "nodegroupName": "<cluster>-workers"}, errors=(("ResourceNotFoundException", "No node group found for name: <cluster>-workers."),)),
    _s3("ListParts", APP, {"key": _OBJECT, "uploadId": "<alnum60>", "max-parts": "1000"}, read=True, errors=(("NoSuchUpload", "The specified upload does not exist."),)),
    _call("ecs", "DescribeServices", ("user", "role"), {"cluster": "<cluster>", "services": ["<service>"]}),
    _call("ec2", "CreateTags", ("user", "service:autoscaling", "role"), {"resourcesSet": _items("resourceId", "<instance>", "<volume>"), "tagSet": {"items": [{"key": "service", "value": "<service>"}, {"key": "Name", "value": "<service>-<digits3>"}]}}, {"requestId": "<uuid:request>", "_return": True}, read=False),
    _call("config", "PutEvaluations", ("service:config", "user"), {"evaluations": [{"complianceResourceType": "AWS::EC2::Instance", "complianceResourceId": f"<instance:{n}>", "complianceType": "COMPLIANT", "orderingTimestamp": "<when>"} for n in "abcde"], "resultToken": "<alnum180>", "testMode": False}, {"failedEvaluations": []}, read=False),
    _call("securityhub", "BatchImportFindings", ("user", "service:guardduty", "service:inspector2"), {"findings": [{"schemaVersion": "2018-10-08", "id": "<uuid:finding>", "productArn": "arn:aws:securityhub:<region>::product/aws/inspector", "generatorId": "AWSInspector",
          "awsAccountId": "<account>", "severity": {"label": "MEDIUM"}, "title": "HIDDEN_DUE_TO_SECURITY_REASONS", "description": "HIDDEN_DUE_TO_SECURITY_REASONS", "types": ["Software and Configuration Checks/Vulnerabilities/CVE"],
          "createdAt": "2024-<month>-<day>T0<digits1>:11:09Z", "updatedAt": "2024-<month>-04T04:51:40Z", "recordState": "ACTIVE", "workflow": {"status": "NEW"}, "productFields": {"aws/inspector/FindingStatus": "ACTIVE", "aws/inspector/inspectorScore": "6.<digits1>", "aws/inspector/packageVulnerability": "CVE-2023-<digits5>"},
          "remediation": {"recommendation": {"text": "Remediation is available. Please refer to the Fixed version in the vulnerability details section above."}}, "resources": [{"type": "AwsEc2Instance", "id": _ARN("ec2", "instance/<instance>"), "region": "<region>"}]}]},
          {"failedCount": 0, "successCount": 1, "failedFindings": []}, read=False),
    _dynamo("DeleteItem", {"key": {"id": "<uuid:item>"}}, read=False),
    _call("secretsmanager", "RotateSecret", ("service:secretsmanager", "user"), {"secretId": _ARN("secretsmanager", "secret:<secret>"), "clientRequestToken": "<uuid:token>"}, {"arn": _ARN("secretsmanager", "secret:<secret>"), "name": "<secret>", "versionId": "<uuid:token>"}, read=False),
    _call("autoscaling", "DescribeScalingActivities", ("user", "role"), {"autoScalingGroupName": "<cluster>-nodes", "maxRecords": 20}),
    _call("servicediscovery", "DiscoverInstances", ("user", "role"), {"namespaceName": "<team>.internal", "serviceName": "<service>", "healthStatus": "HEALTHY"}, data=True),
    _call("batch", "DescribeJobs", ("user", "service:states", "role"), {"jobs": ["<uuid:job>", "<uuid:job2>"]}),
    _s3("GetObjectTagging", APP, {"key": _OBJECT, "tagging": ""}, read=True, errors=(("NoSuchKey", "The specified key does not exist."),)),
    _call("cognito-idp", "InitiateAuth", ("user",), {"authFlow": "REFRESH_TOKEN_AUTH", "authParameters": "HIDDEN_DUE_TO_SECURITY_REASONS", "clientMetadata": "HIDDEN_DUE_TO_SECURITY_REASONS", "clientId": "<hex26>"},
          {"authenticationResult": "HIDDEN_DUE_TO_SECURITY_REASONS", "challengeParameters": "HIDDEN_DUE_TO_SECURITY_REASONS"}, read=False, errors=(("NotAuthorizedException", "Refresh Token has expired"),)),
    _call("athena", "StartQueryExecution", ("user", "federated", "role"), {"queryString": "HIDDEN_DUE_TO_SECURITY_REASONS", "clientRequestToken": "<uuid:token>", "queryExecutionContext": {"database": "<team>_lake", "catalog": "AwsDataCatalog"}, "resultConfiguration": {"outputLocation": "s3://<bucket>/athena/"}, "workGroup": "<workgroup>"},
          {"queryExecutionId": "<uuid:query>"}, read=False),
    _call("glue", "GetTable", ("user", "via:athena", "role"), {"databaseName": "<team>_lake", "name": "<team>_events", "catalogId": "<account>"}, errors=(("EntityNotFoundException", "Entity Not Found"),)),
    _call("lambda", "ListEventSourceMappings20150331", ("user", "federated", "role"), {"functionName": "<function>", "maxItems": 50}),
    _call("route53", "ListResourceRecordSets", ("user", "role"), {"hostedZoneId": "<zone>", "maxItems": "300"}, apiVersion="2013-04-01", errors=(_THROTTLED,)),
    _call("elasticloadbalancing", "RegisterTargets", ("service:ecs", "user", "role"), {"targetGroupArn": _ARN("elasticloadbalancing", "targetgroup/<targetgroup>"), "targets": [{"id": "<private>", "port": 8080}]}, read=False, apiVersion="2015-12-01"),
    _call("codebuild", "BatchGetBuilds", ("user", "service:codepipeline", "role"), {"ids": ["<service>:<uuid:build>"]}),
    _call("backup", "ListRecoveryPointsByBackupVault", ("user", "service:backup", "role"), {"backupVaultName": "<team>-vault", "maxResults": 100}),
    _call("logs", "FilterLogEvents", ("user", "human", "federated"), {"logGroupName": "<group>", "startTime": "<#1709800000000>", "limit": 500, "filterPattern": "{ $.level = \"ERROR\" }", "interleaved": True}, apiVersion="20140328", errors=(_THROTTLED,)),
    _call("cloudformation", "DescribeStackEvents", ("user", "human", "role"), {"stackName": _ARN("cloudformation", "stack/<stack>/<uuid:stack>")}),
    _call("acm", "DescribeCertificate", ("user", "service:elasticloadbalancing", "role"), {"certificateArn": _ARN("acm", "certificate/<uuid:certificate>")}),
    _call("apigateway", "GetRestApis", ("user", "human", "role"), {"limit": "500", "template": False}),
    _call("ec2", "DescribeVpcEndpoints", ("user", "federated", "role"), {"DescribeVpcEndpointsRequest": {"Filter": {"Name": "vpc-id", "tag": 1, "Value": {"tag": 1, "content": "<vpc>"}}}}),
    _s3("ListObjectVersions", ("user", "service:backup", "role"), {"versions": "", "prefix": "<folder>/", "max-keys": "1000", "encoding-type": "url"}, read=True),
    _call("ecs", "SubmitTaskStateChange", ("user", "role"), {"cluster": "<cluster>", "task": _ARN("ecs", "task/<cluster>/<hex32>"), "status": "RUNNING", "containers": [{"containerName": "<service>", "runtimeId": "<hex64>", "status": "RUNNING", "networkBindings": []}]}, {"acknowledgment": "ACK"}, read=False),
    _call("elasticache", "DescribeCacheClusters", ("user", "federated", "role"), {"showCacheNodeInfo": True, "maxRecords": 100}, apiVersion="2015-02-02"),
    _call("logs", "StartQuery", ("human", "user"), {"logGroupNames": ["<group>"], "startTime": "<#1709800000>", "endTime": "<#1709900000>", "queryString": "fields @timestamp, @message | filter @message like /ERROR/ | sort @timestamp desc | limit 100"}, {"queryId": "<uuid:query>"}, apiVersion="20140328"),
    _call("ec2", "DescribeNatGateways", ("user", "federated", "human"), {"DescribeNatGatewaysRequest": {"Filter": {"Name": "vpc-id", "tag": 1, "Value": {"tag": 1, "content": "<vpc>"}}}}),
    _call("rds", "ListTagsForResource", ("user", "service:config", "role"), {"resourceName": _ARN("rds", "db:<database>")}, errors=(("DBInstanceNotFound", "DBInstance <database> not found."),)),
    _call("redshift", "DescribeClusters", ("user", "federated", "role"), {"maxRecords": 100}),
    _call("rds", "DownloadDBLogFilePortion", ("user", "role"), {"dBInstanceIdentifier": "<database>", "logFileName": "error/postgresql.log.2024-<month>-<day>-<hour>", "marker": "0", "numberOfLines": 1000}),
    _call("sns", "GetTopicAttributes", ("user", "federated", "role"), {"topicArn": _ARN("sns", "<topic>")}, errors=(("NotFound", "Topic does not exist"),)),
    _call("ec2", "DescribeInstanceCreditSpecifications", ("user", "human"), {"DescribeInstanceCreditSpecificationsRequest": {"InstanceId": {"tag": 1, "content": "<instance>"}}}),
    _call("dynamodb", "DescribeTimeToLive", ("user", "federated", "role"), {"tableName": "<table>"}, apiVersion="2012-08-10"),
    _call("s3", "GetBucketPolicyStatus", ("service:access-analyzer", "service:config", "human"), {"bucketName": "<bucket>", "Host": _HOST, "policyStatus": ""}, errors=(("NoSuchBucketPolicy", "The bucket policy does not exist"),), additionalEventData=_S3_MORE, resources=_BUCKET),
    _call("codecommit", "GitPull", ("user", "role"), None, data=False, additionalEventData={"protocol": "HTTP", "dataTransferred": True, "repositoryName": "<repository>", "repositoryId": "<uuid:repository>", "capabilities": ["multi_ack_detailed", "side-band-64k", "thin-pack"]}, resources=[{"accountId": "<account>", "type": "AWS::CodeCommit::Repository", "ARN": _ARN("codecommit", "<repository>")}]),
    _call("guardduty", "GetMasterAccount", ("user", "human"), {"detectorId": "<hex32>"}),
    _call("ec2", "DescribeVpcPeeringConnections", ("user", "federated"), {"vpcPeeringConnectionIdSet": {}, "filterSet": {"items": [{"name": "status-code", "valueSet": {"items": [{"value": "active"}]}}]}}),
    _call("wafv2", "GetWebACL", ("user", "human", "role"), {"name": "<service>", "scope": "REGIONAL", "id": "<uuid:acl>"}),
    _call("ec2", "ModifyNetworkInterfaceAttribute", ("service:ecs", "user"), {"networkInterfaceId": "eni-0<hex16>", "attachment": {"attachmentId": "eni-attach-0<hex16>", "deleteOnTermination": True}}, {"requestId": "<uuid:request>", "_return": True}, read=False),
    _call("firehose", "DescribeDeliveryStream", ("user", "role"), {"deliveryStreamName": "<stream>"}),
    _call("cloudwatch", "ListTagsForResource", ("user",), {"resourceARN": _ARN("cloudwatch", "alarm:<service>-<metric>")}),
    _call("ssm", "ListInstanceAssociations", ("user", "role"), {"instanceId": "<instance>", "maxResults": 20}),
    _call("states", "DescribeExecution", ("user", "federated"), {"executionArn": _ARN("states", "execution:<service>:<uuid:run>")}, errors=(("ExecutionDoesNotExist", "Execution Does Not Exist"),)),
    _call("organizations", "ListTagsForResource", ("user", "human"), {"resourceId": "<account>"}),
    _call("ec2", "AssignPrivateIpAddresses", ("user", "role"), {"networkInterfaceId": "eni-0<hex16>", "secondaryPrivateIpAddressCount": 14}, {"requestId": "<uuid:request>", "networkInterfaceId": "eni-0<hex16>", "assignedPrivateIpAddressesSet": {"assignedPrivateIpAddressSetType": [{"privateIpAddress": "<private>"}]}, "_return": True}, read=False),
    _call("cloudfront", "GetDistribution", ("user", "human"), {"id": "E<upper13>"}, apiVersion="2020-05-31"),
    _call("backup", "StartBackupJob", ("service:backup", "user"), {"backupVaultName": "<team>-vault", "resourceArn": _ARN("ec2", "volume/<volume>"), "iamRoleArn": "arn:aws:iam::<account>:role/service-role/AWSBackupDefaultServiceRole", "startWindowMinutes": 60, "lifecycle": {"deleteAfterDays": 35}},
          {"backupJobId": "<uuid:job>", "creationDate": "<when>"}, read=False),
    _call("access-analyzer", "ListFindings", ("user", "human"), {"analyzerArn": _ARN("access-analyzer", "analyzer/organisation"), "filter": {"status": {"eq": ["ACTIVE"]}}, "maxResults": 100}),
    _call("ec2", "DescribeAddresses", ("user", "human", "federated"), {"publicIpsSet": {}, "filterSet": _FILTER, "allocationIdsSet": {}}),
    _call("sts", "DecodeAuthorizationMessage", ("human", "user"), {"encodedMessage": "HIDDEN_DUE_TO_SECURITY_REASONS"}),
    _call("elasticfilesystem", "DescribeFileSystems", ("user", "federated"), {"maxItems": 100}),
    _call("config", "DescribeConfigRules", ("user", "human"), {"nextToken": "<alnum60>"}),
    _call("inspector2", "ListCoverage", ("user", "human"), {"filterCriteria": {"accountId": [{"comparison": "EQUALS", "value": "<account>"}]}, "maxResults": 200}),
    _call("notifications", "ListNotificationHubs", ("human",), None),
    _call("iam", "ListPolicies", ("human", "user"), {"scope": "Local", "onlyAttached": False, "maxItems": 100}),
    _call("iam", "GetInstanceProfile", ("user",), {"instanceProfileName": "<service>"}, errors=(("NoSuchEntityException", "Instance Profile <service> cannot be found."),)),
]  # fmt: skip

_ASSUMED = {
    "credentials": {"accessKeyId": "ASIA<key16>", "sessionToken": "<b64-420>", "expiration": "<when>"},
    "assumedRoleUser": {
        "assumedRoleId": "AROA<key17>:<hex16>",
        "arn": "arn:aws:sts::<account>:assumed-role/<role>/<hex16>",
    },
}
_DENIED = (
    (
        "AccessDenied",
        "User: arn:aws:sts::<account>:assumed-role/<role>/<hex16> is not authorized to perform this operation because no identity-based policy allows it",
    ),
)
_UNAUTHORIZED = (
    (
        "Client.UnauthorizedOperation",
        "You are not authorized to perform this operation. Encoded authorization failure message: <b64-600>",
    ),
)

WATCHED: list[Call] = [
    _call("sts", "AssumeRole", ("service:lambda", "service:ec2", "service:ecs-tasks", "service:config", "role", "user", "account"), {"roleArn": "arn:aws:iam::<account>:role/<role>", "roleSessionName": "<hex16>", "durationSeconds": 3600},
          _ASSUMED, resources=[{"accountId": "<account>", "type": "AWS::IAM::Role", "ARN": "arn:aws:iam::<account>:role/<role>"}], sharedEventID="<uuid:shared>"),
    _s3("GetObject", APP, {"key": _OBJECT}, read=True, errors=(("NoSuchKey", "The specified key does not exist."), *_DENIED)),
    _s3("PutObject", (*APP, "service:delivery.logs"), {"key": _OBJECT, "x-amz-storage-class": "STANDARD"}, {"x-amz-server-side-encryption": "AES256", "ETag": "\"<hex32>\""}, read=False),
    _s3("HeadObject", APP, {"key": _OBJECT}, read=True, errors=(("NoSuchKey", "The specified key does not exist."),)),
    _call("logs", "CreateLogStream", ("service:lambda", "role", "user"), {"logGroupName": "<group>", "logStreamName": "2024/<month>/<day>/[$LATEST]<hex32>"}, read=False, apiVersion="20140328"),
    _s3("ListObjects", APP, {"list-type": "2", "prefix": "<folder>/", "delimiter": "/", "max-keys": "1000"}, read=True),
    _call("ec2", "DescribeInstances", ("role", "user", "service:autoscaling", "human"), {"instancesSet": _items("instanceId", "<instance>"), "filterSet": {}}, errors=(*_UNAUTHORIZED,)),
    _call("ssm", "GetParameters", APP, {"names": ["<parameter>"], "withDecryption": True}),
    _call("lambda", "GetFunction20150331v2", ("user", "role"), {"functionName": "<function>"}),
    _call("secretsmanager", "GetSecretValue", APP, {"secretId": _ARN("secretsmanager", "secret:<secret>")}),
    _call("ecr", "GetAuthorizationToken", ("role", "user"), None),
    _call("s3", "GetBucketAcl", ("service:cloudtrail", "service:config", "role"), {"bucketName": "<bucket>", "Host": _HOST, "acl": ""}, additionalEventData=_S3_MORE, resources=_BUCKET),
    _call("ecr", "BatchGetImage", ("role", "user"), {"repositoryName": "<repository>", "registryId": "<account>", "imageIds": [{"imageTag": "<hex8>"}], "acceptedMediaTypes": ["application/vnd.docker.distribution.manifest.v2+json"]}, resources=[{"accountId": "<account>", "ARN": _ARN("ecr", "repository/<repository>")}]),
    _call("ec2", "DescribeVolumes", ("role", "user"), {"volumeSet": _items("volumeId", "<volume>"), "filterSet": {}}),
    _call("ec2", "DescribeNetworkInterfaces", ("role", "service:eks", "user"), {"networkInterfaceIdSet": {}, "filterSet": _FILTER}),
    _call("sts", "GetCallerIdentity", ("user", "role"), None),
    _call("ec2", "DescribeTags", ("role",), {"filterSet": {"items": [{"name": "resource-id", "valueSet": {"items": [{"value": "<instance>"}]}}]}}),
    _call("ec2", "DescribeSecurityGroups", ("user", "human", "role"), {"securityGroupSet": {}, "securityGroupIdSet": _items("groupId", "<sg>"), "filterSet": {}}),
    _call("ec2", "DescribeSubnets", ("user", "service:eks", "role"), {"subnetSet": _items("subnetId", "<subnet>"), "filterSet": {}}),
    _call("rds", "DescribeDBInstances", ("user", "human", "role"), {"dBInstanceIdentifier": "<database>"}),
    _call("kms", "DescribeKey", ("user", "role"), {"keyId": _ARN("kms", "key/<kmskey>")}, resources=_KMS),
    _call("iam", "GetRole", ("user", "role"), {"roleName": "<role>"}),
    _call("logs", "DescribeLogStreams", ("human", "user"), {"logGroupName": "<group>", "orderBy": "LastEventTime", "descending": True}, apiVersion="20140328"),
    _call("events", "PutTargets", ("service:ecs", "user"), {"rule": "<service>", "targets": [{"arn": _ARN("lambda", "function:<function>"), "id": "<uuid:target>"}]}, {"failedEntryCount": 0, "failedEntries": []}, read=False),
    _call("ec2", "TerminateInstances", ("service:autoscaling", "user"), {"instancesSet": _items("instanceId", "<instance>")}, {"instancesSet": {"items": [{"instanceId": "<instance>", "currentState": {"code": 32, "name": "shutting-down"}, "previousState": {"code": 16, "name": "running"}}]}}, read=False),
    _call("ec2", "RunInstances", ("service:autoscaling", "role"), {"instancesSet": {"items": [{"imageId": "ami-0<hex16>", "minCount": 1, "maxCount": 1}]}, "instanceType": "m6i.large", "blockDeviceMapping": {}, "monitoring": {"enabled": False}, "subnetId": "<subnet>", "disableApiTermination": False},
          {"requestId": "<uuid:request>", "reservationId": "r-0<hex16>", "ownerId": "<account>", "groupSet": {}, "instancesSet": {"items": [{"instanceId": "i-0<hex16:new>", "imageId": "ami-0<hex16>", "instanceState": {"code": 0, "name": "pending"}, "instanceType": "m6i.large", "subnetId": "<subnet>", "vpcId": "<vpc>", "privateIpAddress": "<private>"}]}}, read=False),
    _call("health", "DescribeEventAggregates", ("human",), {"aggregateField": "eventTypeCategory", "filter": {"eventStatusCodes": ["open", "upcoming"], "startTimes": [{"from": "<when>"}]}}),
    _call("cloudtrail", "LookupEvents", ("human",), {"maxResults": 50, "lookupAttributes": [{"attributeKey": "ReadOnly", "attributeValue": "false"}]}),
    _call("s3", "ListBuckets", ("human", "user"), {"Host": "s3.<region>.amazonaws.com"}, additionalEventData=_S3_MORE),
    _call("iam", "ListAttachedRolePolicies", ("user", "human"), {"roleName": "<role>"}),
    _call("signin", "ConsoleLogin", ("human",), None, {"ConsoleLogin": "Success"}, read=False, eventType="AwsConsoleSignIn",
          additionalEventData={"LoginTo": "https://console.aws.amazon.com/console/home?state=hashArgs%23&isauthcode=true", "MobileVersion": "No", "MFAUsed": "Yes"}),
    _call("iam", "GetUser", ("human", "user"), {"userName": "<person>"}),
    _call("lambda", "UpdateFunctionCode20150331v2", ("user", "role"), {"functionName": "<function>", "s3Bucket": "<bucket>", "s3Key": "releases/<hex40>.zip", "publish": True, "dryRun": False}, {"functionName": "<function>", "functionArn": _ARN("lambda", "function:<function>"), "runtime": "python3.12", "codeSize": "<#4000000>", "codeSha256": "<b64-43>="}, read=False),
    _call("ec2", "CreateSnapshot", ("service:backup", "user"), {"volumeId": "<volume>", "description": "nightly"}, {"requestId": "<uuid:request>", "snapshotId": "snap-0<hex16>", "volumeId": "<volume>", "status": "pending", "ownerId": "<account>"}, read=False),
    _call("ec2", "AuthorizeSecurityGroupIngress", ("user",), {"groupId": "<sg>", "ipPermissions": {"items": [{"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "groups": {}, "ipRanges": {"items": [{"cidrIp": "10.0.0.0/8"}]}, "ipv6Ranges": {}, "prefixListIds": {}}]}}, {"requestId": "<uuid:request>", "_return": True}, read=False),
]  # fmt: skip


def shape(call: Call, error: tuple[str, str] | None = None) -> Shape:
    """The record of a call, with slots left for its caller, time and place."""
    more = dict(call.more)
    record: dict[str, Any] = {
        "eventVersion": "1.09" if call.data else "1.08", "userIdentity": "<@identity>", "eventTime": "<time>", "eventSource": call.source,
        "eventName": call.name, "awsRegion": "<region>", "sourceIPAddress": "<origin>", "userAgent": "<agent>",
    }  # fmt: skip
    if error:
        record |= {"errorCode": error[0], "errorMessage": error[1]}
    record |= {"requestParameters": call.request, "responseElements": None if error else call.response}
    if "additionalEventData" in more:
        record["additionalEventData"] = more.pop("additionalEventData")
    request_id = "<upper16>" if call.source.startswith("s3.") else "<uuid:request>"
    record |= {"requestID": request_id, "eventID": "<uuid:event>", "readOnly": call.read}
    if "resources" in more:
        record["resources"] = more.pop("resources")
    record["eventType"] = more.pop("eventType", "AwsApiCall")
    if "apiVersion" in more:
        record["apiVersion"] = more.pop("apiVersion")
    record |= {"managementEvent": not call.data, "recipientAccountId": "<account>"} | more
    record["eventCategory"] = "Data" if call.data else "Management"
    return Shape(dumps(record)[:-1] + '"<@tail>"}')
