"""The limits on what comes in, in one place. Bytes unless the name says otherwise."""

MAX_REQUEST_BYTES = 32 * 1024 * 1024
MAX_FORM_FIELDS = 2_000
MAX_JSON_DEPTH = 32
MAX_BATCH_ROWS = 100_000
MAX_DEFINITION_BYTES = 256 * 1024
MAX_PAGE_SIZE = 1_000
