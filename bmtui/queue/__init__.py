"""Durable job queue: claim, fence, retry, schedule, shared rate limit. Knows no Back Market."""
