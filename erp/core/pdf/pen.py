"""A pen on pages of one size: millimetres from the upper left corner, text in both fonts, lines and boxes."""

from typing import IO, Any

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from erp.core.pdf import text as fonts

MM = 72 / 25.4
A4 = (210.0, 297.0)
A4_LANDSCAPE = (297.0, 210.0)
INK, RED, FAINT = HexColor("#111111"), HexColor("#c00000"), HexColor("#777777")


class Pen:
    """Draws on the current page; ``save`` ends the file. ``invariant`` files of the same content are the same bytes,
    so that their hash in an archive can be made again."""

    def __init__(self, stream: IO[bytes], size: tuple[float, float], *, title: str, author: str) -> None:
        fonts.register_fonts()
        self.width, self.height = size
        self._canvas = Canvas(stream, pagesize=(size[0] * MM, size[1] * MM), invariant=1, pageCompression=1)
        self._canvas.setTitle(title)
        self._canvas.setAuthor(author)

    def text(
        self, x: float, y: float, text: str, *, size: float = 9, align: str = "left", bold: bool = False, ink: Any = INK
    ) -> None:
        """One line with its baseline at ``y``; ``align``: left, right or center of ``x``."""
        if not text:
            return
        at = x * MM
        if align != "left":
            at -= fonts.width(text, size) * (1 if align == "right" else 0.5)
        drawn = self._canvas.beginText(at, (self.height - y) * MM)
        drawn.setFillColor(ink)
        for latin, part in fonts.runs(text):
            font = (fonts.LATIN_BOLD if bold else fonts.LATIN) if latin else fonts.CHINESE
            drawn.setFont(font, size * fonts.LATIN_SCALE if latin else size)
            drawn.textOut(part)
        self._canvas.drawText(drawn)

    def paragraph(self, x: float, y: float, text: str, room: float, *, size: float = 9, most: int = 2) -> None:
        """At most ``most`` lines, the first with its baseline at ``y``."""
        for line in fonts.wrapped(text, size, room * MM, most):
            self.text(x, y, line, size=size)
            y += size * 0.42

    def line(self, x1: float, y1: float, x2: float, y2: float, *, weight: float = 0.5, ink: Any = INK) -> None:
        self._canvas.setStrokeColor(ink)
        self._canvas.setLineWidth(weight)
        self._canvas.line(x1 * MM, (self.height - y1) * MM, x2 * MM, (self.height - y2) * MM)

    def box(self, x: float, y: float, w: float, h: float, *, weight: float = 0.8) -> None:
        self._canvas.setStrokeColor(INK)
        self._canvas.setLineWidth(weight)
        self._canvas.rect(x * MM, (self.height - y - h) * MM, w * MM, h * MM)

    def stamp(self, x: float, y: float, text: str) -> None:
        """A slanted red stamp around the point."""
        self._canvas.saveState()
        self._canvas.translate(x * MM, (self.height - y) * MM)
        self._canvas.rotate(18)
        self._canvas.setStrokeColor(RED)
        self._canvas.setLineWidth(1.6)
        half = fonts.width(text, 26) / 2 + 8
        self._canvas.rect(-half, -12, half * 2, 38)
        self._canvas.setFillColor(RED)
        self._canvas.setFont(fonts.CHINESE, 26)
        self._canvas.drawCentredString(0, -2, text)
        self._canvas.restoreState()

    def next_page(self) -> None:
        self._canvas.showPage()

    def save(self) -> None:
        self._canvas.save()
