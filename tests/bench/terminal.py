"""A terminal on paper: octets that programs wrote to one, as lines of coloured text, and as SVG.

It knows what such programs use: printing characters, CR and LF, erasing of a line, colours and weight
(SGR). Anything else is an error, so that no picture shows what a terminal would not.
"""
import html
import re

SIZE = 13
CELL = 7.85  # the width of a character at that size, in most fonts of fixed width
STEP = 18
MARGIN = 18
TITLE = 34

# Class, light, dark. The numbers are those of ANSI.
COLOURS = [
    ("back", "#ffffff", "#0d1117"), ("bar", "#f6f8fa", "#161b22"), ("edge", "#d0d7de", "#30363d"),
    ("ink", "#1f2328", "#e6edf3"), ("faint", "#59636e", "#9198a1"),
    ("c0", "#24292f", "#484f58"), ("c1", "#cf222e", "#ff7b72"), ("c2", "#116329", "#3fb950"),
    ("c3", "#7d4e00", "#d29922"), ("c4", "#0969da", "#58a6ff"), ("c5", "#8250df", "#bc8cff"),
    ("c6", "#1b7c83", "#39c5cf"), ("c7", "#6e7781", "#b1bac4"), ("c8", "#57606a", "#6e7681"),
    ("c9", "#a40e26", "#ffa198"), ("c10", "#1a7f37", "#56d364"), ("c11", "#633c01", "#e3b341"),
    ("c12", "#218bff", "#79c0ff"), ("c13", "#a475f9", "#d2a8ff"), ("c14", "#3192aa", "#56d4dd"),
    ("c15", "#8c959f", "#f0f6fc"),
]


# ---- What was written, as lines ------------------------------------------------------------------

class Screen:
    """Lines of cells; a cell is a character and its classes."""

    def __init__(self, columns):
        self.columns = columns
        self.lines = [[]]
        self.at = 0
        self.colour, self.bold, self.faint = None, False, False

    def classes(self):
        names = [self.colour or ("faint" if self.faint else "ink")]
        return " ".join(names + ["bold"] * self.bold)

    def feed(self):
        self.lines.append([])

    def put(self, character):
        if self.at == self.columns:  # a terminal goes on in the next line
            self.feed()
            self.at = 0
        line = self.lines[-1]
        line += [(" ", "ink")] * (self.at - len(line))
        line[self.at:self.at + 1] = [(character, self.classes())]
        self.at += 1

    def style(self, numbers):
        for number in numbers:
            if number == 0:
                self.colour, self.bold, self.faint = None, False, False
            elif number in (1, 2, 22):
                self.bold, self.faint = number == 1, number == 2
            elif 30 <= number <= 37 or 90 <= number <= 97:
                self.colour = f"c{number - 30 if number < 90 else number - 82}"
            elif number == 39:
                self.colour = None
            else:
                raise ValueError(f"a terminal may know the style {number}, this one does not")

    def write(self, text):
        for part in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|.", text, re.S):
            if part == "\r":
                self.at = 0
            elif part == "\n":
                self.feed()
            elif part == "\t":
                for _ in range(8 - self.at % 8):
                    self.put(" ")
            elif part in ("\x1b[K", "\x1b[0K"):
                del self.lines[-1][self.at:]
            elif part.startswith("\x1b[") and part.endswith("m"):
                self.style([int(number or 0) for number in part[2:-1].split(";")])
            elif part.isprintable():
                self.put(part)
            else:
                raise ValueError(f"a terminal may know {part!r}, this one does not")

    def rows(self):
        """Without the empty lines at the end."""
        last = max((number for number, line in enumerate(self.lines) if line), default=-1)
        return self.lines[:last + 1]


# ---- As SVG --------------------------------------------------------------------------------------

def runs(line):
    """Where each run of one style begins, its text and its classes. Two blanks part runs, too: then
    columns stand below each other in a font of another width."""
    begin = 0
    while begin < len(line):
        end = begin + 1
        while end < len(line) and line[end][1] == line[begin][1] and \
                not (line[end][0] == " " and line[end - 1][0] == " "):
            end += 1
        text = "".join(character for character, _ in line[begin:end])
        if text.strip():
            lead = len(text) - len(text.lstrip())
            yield begin + lead, text.strip(), line[begin][1]
        begin = end


def style():
    light = "".join(f".{name}{{fill:{colour}}}" for name, colour, _ in COLOURS)
    dark = "".join(f".{name}{{fill:{colour}}}" for name, _, colour in COLOURS)
    return (f"text{{font:{SIZE}px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}}"
            ".bold{font-weight:600}"
            f"{light}.edge{{fill:none;stroke:{COLOURS[2][1]}}}"
            f"@media(prefers-color-scheme:dark){{{dark}.edge{{fill:none;stroke:{COLOURS[2][2]}}}}}")


def frame(width, height, title):
    yield f'<rect class="back" x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8"/>'
    yield f'<path class="bar" d="M.5 {TITLE}V8.5a8 8 0 0 1 8-8H{width - 8.5}a8 8 0 0 1 8 8V{TITLE}z"/>'
    for number in range(3):
        yield f'<circle class="c7" cx="{20 + 18 * number}" cy="{TITLE / 2:g}" r="5" opacity=".5"/>'
    yield (f'<text class="faint" x="{width / 2:g}" y="{TITLE / 2 + 4.5:g}" text-anchor="middle">'
           f'{html.escape(title)}</text>')
    yield f'<rect class="edge" x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8"/>'


def draw(screen, title, told):
    """The picture as a string, which the same lines give again, octet for octet. What it shows is told
    to those who do not see it."""
    rows = screen.rows()
    width = round(2 * MARGIN + screen.columns * CELL)
    height = TITLE + 2 * MARGIN + STEP * len(rows) - 4
    parts = list(frame(width, height, title))
    for number, line in enumerate(rows):
        y = TITLE + MARGIN + 9 + STEP * number
        spans = "".join(f'<tspan x="{MARGIN + CELL * column:.2f}" class="{classes}">{html.escape(text)}</tspan>'
                        for column, text, classes in runs(line))
        if spans:
            parts.append(f'<text y="{y}">{spans}</text>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}" role="img">\n<title>{html.escape(told)}</title>\n<style>{style()}</style>\n'
            + "\n".join(parts) + "\n</svg>\n")
