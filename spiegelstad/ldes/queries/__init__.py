"""Reads of streams, for anybody: who asks makes no difference."""
