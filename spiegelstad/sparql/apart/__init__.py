"""Queries run in a process apart, because nothing else can stop them."""
