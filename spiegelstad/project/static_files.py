"""Static files under names that hold their content's hash, compressed: cached for ever, and never stale."""

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

_CSS = (
    r"""(?P<matched>url\(['"]{0,1}\s*(?P<url>.*?)["']{0,1}\))""",
    (r"""(?P<matched>@import\s*["']\s*(?P<url>.*?)["'])""", """@import url("%(url)s")"""),
)
_MODULES = (
    (
        r"""(?P<matched>import(?s:(?P<import>[\s\{].*?|\*\s*as\s*\w+))\s*from\s*['"](?P<url>[./].*?)["']\s*;)""",
        """import%(import)s from "%(url)s";""",
    ),
)


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Follows what our own scripts import; leaves others' alone, which name source maps that no wheel carries."""

    patterns = (("*.css", _CSS), ("*/js/*.js", _MODULES))
