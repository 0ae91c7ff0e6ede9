output "policy_arn" {
  description = "Attach it to the role that the service runs as."
  value       = aws_iam_policy.reader.arn
}

output "queue_url" {
  value = aws_sqs_queue.logs.url
}

output "source" {
  description = "For `sources:` of detect.yml."
  value       = "sqs://${aws_sqs_queue.logs.name}?region=${regex("^arn:[^:]+:sqs:([^:]+):", aws_sqs_queue.logs.arn)[0]}"
}
