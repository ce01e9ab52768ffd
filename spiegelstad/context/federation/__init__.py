"""Distributed operations (clause 4.3.6): between the faces and the acts, for cities with registered context sources."""
