# CloudTrail's bucket tells a queue of every new log; the service reads the queue, and the logs it tells of.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  bucket_arn = "arn:${data.aws_partition.current.partition}:s3:::${var.bucket}"
}

# No dead-letter queue: the service deletes a message when what it tells of has been kept, and sets aside what can never
# be read. By how often a message came nothing can be told; a queue that moved it away for that would lose logs.
resource "aws_sqs_queue" "logs" {
  name                       = var.name
  message_retention_seconds  = var.retention_days * 86400
  visibility_timeout_seconds = 300
  receive_wait_time_seconds  = 20
  sqs_managed_sse_enabled    = true
}

data "aws_iam_policy_document" "queue" {
  statement {
    sid       = "TheBucketTells"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.logs.arn]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.bucket_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_sqs_queue_policy" "logs" {
  queue_url = aws_sqs_queue.logs.id
  policy    = data.aws_iam_policy_document.queue.json
}

resource "aws_s3_bucket_notification" "logs" {
  count  = var.notify ? 1 : 0
  bucket = var.bucket

  queue {
    queue_arn     = aws_sqs_queue.logs.arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = var.prefix
    filter_suffix = ".json.gz"
  }

  depends_on = [aws_sqs_queue_policy.logs]
}

# What the service may do, and nothing else. ListBucket is for backfill and for sources that list.
data "aws_iam_policy_document" "reader" {
  statement {
    sid = "ReadTheQueue"
    actions = [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:ReceiveMessage",
    ]
    resources = [aws_sqs_queue.logs.arn]
  }

  statement {
    sid       = "ReadTheLogs"
    actions   = ["s3:GetObject"]
    resources = ["${local.bucket_arn}/${var.prefix}*"]
  }

  statement {
    sid       = "ListTheLogs"
    actions   = ["s3:ListBucket"]
    resources = [local.bucket_arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${var.prefix}*"]
    }
  }

  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]

    content {
      sid       = "DecryptTheLogs"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_policy" "reader" {
  name        = var.name
  description = "Reads CloudTrail's logs as they come."
  policy      = data.aws_iam_policy_document.reader.json
}
