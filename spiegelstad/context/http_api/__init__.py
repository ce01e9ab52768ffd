"""`/ngsi-ld/v1`: the HTTP binding of NGSI-LD (clause 6)."""
