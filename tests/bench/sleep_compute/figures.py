"""Figures as SVG, written by hand: lines over two axes. What they show is `experiment.py`'s matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 400, 64, 150, 40, 52
COLOURS = ("#3b6ea8", "#c2572b", "#2e8b57", "#8a5aa8", "#777777", "#b8860b")


def lines(
    title: str, across: str, up: str, series: Mapping[str, Sequence[tuple[float, float]]], *, note: str = ""
) -> str:
    """A line for each series, with its points and a legend."""
    xs = [x for points in series.values() for x, _ in points] or [0.0]
    ys = [y for points in series.values() for _, y in points] or [0.0]
    right, top = max(xs) * 1.05 or 1.0, max(ys) * 1.1 or 1.0
    parts = [_frame(title, across, up, note), *_axes(right, top)]
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        placed = [(_x(x, right), _y(y, top)) for x, y in sorted(points)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in placed]
        at = TOP + 16 + 18 * number
        parts.append(f'<rect x="{WIDTH - RIGHT + 14}" y="{at - 9}" width="12" height="4" fill="{colour}"/>')
        parts.append(_text(WIDTH - RIGHT + 32, at - 3, name))
    return "\n".join([*parts, "</svg>\n"])


def _frame(title: str, across: str, up: str, note: str) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">'
    middle = (LEFT + WIDTH - RIGHT) / 2
    return "\n".join(
        [
            head,
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            _text(LEFT, 22, title, size=15),
            _text(middle, HEIGHT - 16, across, anchor="middle"),
            f'<g transform="rotate(-90 16 {HEIGHT / 2})">{_text(16, HEIGHT / 2, up, anchor="middle")}</g>',
            _text(WIDTH - 8, HEIGHT - 4, note, anchor="end", size=9),
        ]
    )


def _axes(right: float, top: float) -> list[str]:
    parts = []
    for step in range(6):
        x, y = right * step / 5, top * step / 5
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{_y(y, top):.1f}" y2="{_y(y, top):.1f}" stroke="#e4e4e4"/>'
        )
        parts.append(_text(LEFT - 6, _y(y, top) + 4, _number(y), anchor="end"))
        parts.append(_text(_x(x, right), HEIGHT - BOTTOM + 16, _number(x), anchor="middle"))
    parts.append(f'<path d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}" fill="none" stroke="#444"/>')
    return parts


def _x(value: float, right: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * value / right


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * max(value, 0.0) / top


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="#222">{escape(text)}</text>'
