"""The pictures of a run, as SVG: cost against the size of the zone, and zxfr beside other programs; and a
short one, beside the best of these.

Text is text, and the colours are those that the reader's system prefers, light or dark.
"""
import html
import math

import rows

WIDTH = 860
MARGIN = 24

# Class, what it paints, and its colours on light and on dark.
COLOURS = [
    ("back", "fill", "#ffffff", "#0d1117"),
    ("ink", "fill", "#1f2328", "#e6edf3"),
    ("faint", "fill", "#59636e", "#9198a1"),
    ("grid", "stroke", "#d8dee4", "#30363d"),
    ("guide", "stroke", "#8c959f", "#6e7681"),
    ("bar", "fill", "#0969da", "#4493f8"),
    ("slower", "fill", "#bc4c00", "#f0883e"),
    ("line0", "stroke", "#0969da", "#4493f8"),
    ("line1", "stroke", "#bc4c00", "#f0883e"),
    ("line2", "stroke", "#1a7f37", "#3fb950"),
    ("line3", "stroke", "#8250df", "#ab7df8"),
    ("line4", "stroke", "#cf222e", "#ff7b72"),
    ("line5", "stroke", "#0e7490", "#39c5cf"),
    ("line6", "stroke", "#bf3989", "#db61a2"),
]


def style():
    light = "".join(f".{name}{{{what}:{colour}}}" for name, what, colour, _ in COLOURS)
    dark = "".join(f".{name}{{{what}:{colour}}}" for name, what, _, colour in COLOURS)
    return ("text{font:13px system-ui,-apple-system,'Segoe UI',sans-serif}"
            ".title{font-weight:600;font-size:15px}.curve{fill:none;stroke-width:2}"
            f"{light}@media(prefers-color-scheme:dark){{{dark}}}")


# ---- Pieces --------------------------------------------------------------------------------------

def text(x, y, words, kind="ink", anchor="start"):
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(words)}</text>'


def line(x1, y1, x2, y2, kind="grid", more=""):
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"{more}/>'


def scale(low, high, begin, end):
    """From a number to where it stands on a logarithmic axis."""
    span = math.log10(high / low)
    return lambda value: begin + (end - begin) * math.log10(value / low) / span


def decades(low, high):
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    return [10.0 ** power for power in range(first, last + 1)]


def whole_decades(values):
    return 10 ** math.floor(math.log10(min(values))), 10 ** math.ceil(math.log10(max(values)))


def plain(value):
    """1000000 as 1 M."""
    for unit, letter in ((1e6, " M"), (1e3, " k")):
        if value >= unit:
            return f"{value / unit:g}{letter}"
    return f"{value:g}"


def apart(places, least, last):
    """The same places, moved so that none is nearer to the next than that, nor beyond the last."""
    moved = []
    for place in places:
        moved.append(max(place, moved[-1] + least) if moved else place)
    for index in reversed(range(len(moved))):
        moved[index] = min(moved[index], last - least * (len(moved) - 1 - index))
    return moved


# ---- Cost against size ---------------------------------------------------------------------------

def curve(pairs, kind, across, up):
    points = " ".join(f"{across(size):.1f},{up(cost):.1f}" for size, cost in pairs)
    dots = "".join(f'<circle class="{kind} back" cx="{across(size):.1f}" cy="{up(cost):.1f}" r="3.5" '
                   'stroke-width="2"/>' for size, cost in pairs)
    return f'<polyline class="curve {kind}" points="{points}"/>{dots}'


def grow_axes(across, up, box, sizes, low, high):
    left, right, top, bottom = box
    for cost in decades(low, high):
        yield line(left, up(cost), right, up(cost))
        yield text(left - 8, up(cost) + 4, f"{cost:g} s", "faint", "end")
    for size in sizes:
        yield line(across(size), top, across(size), bottom)
        yield text(across(size), bottom + 20, plain(size), "faint", "middle")
    yield text((left + right) / 2, bottom + 40, "records of the zone", "faint", "middle")


def guide(across, up, sizes, low):
    """Where a cost would stand that grows with the size, beside the grid."""
    start, end = sizes[0], sizes[-1]
    return line(across(start), up(low * 2), across(end), up(low * 2 * end / start), "guide",
                ' stroke-dasharray="4 4"')


def growth(speed, y):
    """The upper part of the picture, and where it ends."""
    curves = [(job, speed.growth(figure)) for job, figure, _ in rows.GROWTH]
    curves = sorted(((job, pairs) for job, pairs in curves if pairs), key=lambda one: -one[1][-1][1])
    low, high = whole_decades([cost for _, pairs in curves for _, cost in pairs])
    box = left, right, top, bottom = 90, 610, y + 56, y + 396
    across = scale(speed.sizes[0], speed.sizes[-1], left + 12, right - 12)
    up = scale(low, high, bottom, top)
    parts = [text(MARGIN, y + 20, "CPU time of zxfr by the size of the zone", "ink title"),
             text(MARGIN, y + 40, "Dashed: ten times the records, ten times the cost", "faint"),
             *grow_axes(across, up, box, speed.sizes, low, high), guide(across, up, speed.sizes, low)]
    places = apart([up(pairs[-1][1]) for _, pairs in curves], 18, bottom)
    for number, ((job, pairs), place) in enumerate(zip(curves, places)):
        parts.append(curve(pairs, f"line{number}", across, up))
        parts.append(line(right - 6, up(pairs[-1][1]), right + 14, place, f"line{number}"))
        parts.append(text(right + 20, place + 4, f"{job}, {pairs[-1][1]:.2g} s"))
    return parts, bottom + 64


# ---- Beside others -------------------------------------------------------------------------------

def times(value):
    return f"{value:.0f} ×" if value >= 9.95 else f"{value:.1f} ×"


def bar(one, y, along):
    factor = one.other / one.own
    begin, end = sorted((along(1), along(factor)))
    kind = "bar" if factor >= 1 else "slower"
    yield (f'<rect class="{kind}" x="{begin:.1f}" y="{y:.1f}" width="{max(end - begin, 1):.1f}" '
           'height="14" rx="2"/>')
    yield text(max(end, along(1)) + 6, y + 12, times(factor))


def bars(title, size, results, y):
    """A bar for each result, and where they end."""
    factors = [one.other / one.own for one in results]
    low, high = min([0.8] + [factor * 0.8 for factor in factors]), max(factors) * 1.1
    left, right, step = 430, WIDTH - 84, 21
    along = scale(low, high, left, right)
    top, bottom = y + 66, y + 72 + step * len(results)
    parts = [text(MARGIN, y + 20, title, "ink title"),
             text(MARGIN, y + 40, f"Zones of {plain(size)} records where nothing else is said", "faint")]
    for factor in decades(low, high):
        parts.append(line(along(factor), top, along(factor), bottom, "guide" if factor == 1 else "grid"))
        parts.append(text(along(factor), top - 8, f"{plain(factor)} ×", "faint", "middle"))
    before = ""
    for number, one in enumerate(results):
        place, job = top + 6 + step * number, one.job
        parts += [text(MARGIN, place + 12, job if job != before else ""),
                  text(left - 46, place + 12, one.row.beside, "faint", "end"),
                  text(left - 8, place + 12, one.row.unit.split()[0], "faint", "end")]
        parts += bar(one, place, along)
        before = job
    return parts, bottom + 24


def caption(speed):
    machine = speed.raw["machine"]
    note = f"; {machine['note']}" if machine["note"] else ""
    return f"{speed.dates}, {machine['cores']} cores, {machine['cpu']}{note}"


def strongest(results):
    """Of each job the result beside the program that comes nearest to zxfr, or is ahead of it."""
    nearest = {}
    for one in results:
        least = nearest.setdefault(one.job, one)
        if one.other / one.own < least.other / least.own:
            nearest[one.job] = one
    return list(nearest.values())


def svg(speed, title, parts, y):
    """The whole of a picture, whose parts end at y; the same figures give it again, octet for octet."""
    height = y + 24
    body = "\n".join(part for part in parts if "></text>" not in part)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
            f'height="{height:.0f}" role="img">\n<title>{title}</title>\n<style>{style()}</style>\n'
            f'<rect class="back" width="{WIDTH}" height="{height:.0f}"/>\n{body}\n'
            f'{text(MARGIN, y + 4, caption(speed), "faint")}\n</svg>\n')


def draw(speed):
    """All of it."""
    upper, y = growth(speed, 10)
    lower, y = bars("How many times as much time others need", *speed.chart_results(), y)
    return svg(speed, "How fast zxfr is", upper + lower, y)


def draw_short(speed):
    """A bar for each job."""
    size, results = speed.chart_results()
    title = "How many times as much time the best other program needs"
    return svg(speed, title, *bars(title, size, strongest(results), 4))
