"""The code for the pole: an address as a drawing that a phone reads."""

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_code(address: str, title: str) -> SafeString:
    """Return a QR code of `address` as an SVG element, dark on white whatever the page's colours; `title` names it."""
    code = segno.make(address, error="m", micro=False)
    svg = code.svg_inline(scale=5, border=4, light="#fff", title=title, svgclass=None, lineclass=None)
    return mark_safe(svg.replace("<svg ", '<svg role="img" ', 1))  # noqa: S308  segno escapes the title
