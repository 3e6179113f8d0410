"""Tables for people: aligned text, and Markdown."""


class Table:
    def __init__(self, title, head, note=""):
        self.title, self.head, self.note = title, head, note
        self.rows = []

    def add(self, *cells):
        self.rows.append(["" if cell is None else str(cell) for cell in cells])

    def text(self):
        widths = [max(map(len, column)) for column in zip(self.head, *self.rows)]

        def line(cells):
            first = cells[0].ljust(widths[0])
            rest = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:])]
            return "  ".join([first, *rest]).rstrip()

        lines = [self.title, "", line(self.head), *map(line, self.rows)]
        return "\n".join(lines + ([self.note] if self.note else [])) + "\n"

    def markdown(self):
        def line(cells):
            return "| " + " | ".join(cells) + " |"

        rule = line(["---", *["---:"] * (len(self.head) - 1)])
        lines = [f"## {self.title}", "", line(self.head), rule, *map(line, self.rows)]
        return "\n".join(lines + (["", self.note] if self.note else [])) + "\n"


def megabytes(count):
    return f"{count / 1e6:.1f}"


def per_row(count, rows):
    return f"{count / rows:.3f}"


def milliseconds(value):
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"
