"""Policy, classification, the audit log and the processing register."""
