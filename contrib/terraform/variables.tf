variable "bucket" {
  description = "Name of the bucket that CloudTrail writes its logs to. It exists already."
  type        = string
}

variable "prefix" {
  description = "What the keys of the logs begin with, up to and with AWSLogs/."
  type        = string
  default     = "AWSLogs/"

  validation {
    condition     = endswith(var.prefix, "/")
    error_message = "The prefix ends with a slash."
  }
}

variable "name" {
  description = "Of the queue and of the policy."
  type        = string
  default     = "detect-cloudtrail"
}

variable "kms_key_arn" {
  description = "The key that the logs are encrypted with, if CloudTrail encrypts them."
  type        = string
  default     = null
}

variable "notify" {
  description = "Whether to have the bucket tell the queue. A bucket has one set of notifications: where others are configured elsewhere, add this queue there and say false."
  type        = bool
  default     = true
}

variable "retention_days" {
  description = "How long the queue keeps what nobody has read: as long as the service may stand still."
  type        = number
  default     = 14
}
