"""What was measured, and the Markdown that shows it."""
import math
import statistics

TITLES = {
    "restart": "From kill -9 to running again",
    "start": "Start",
    "status": "Asking for the status",
    "stop": "Stop",
    "memory": "Memory of the supervisor's own processes (PSS)",
    "idle": "10 s of idleness",
    "capture": "Log capture",
    "crash": "200 programs that crash at once, for ever",
    "brain": "The brain killed with -9",
}


class Results:
    """Values by table, row and rival."""

    def __init__(self, columns):
        self.columns = columns
        self.tables = {}
        self.failures = []

    def _values(self, table, row, rival):
        cells = self.tables.setdefault(table, {}).setdefault(row, {})
        return cells.setdefault(rival.name, (statistics.median, []))[1]

    def note(self, table, row, rival, value):
        """Adds a value to a cell that shows the median, and from where to where the values go."""
        self._values(table, row, rival).append(value)

    def note_worst(self, table, row, rival, value):
        """Adds a value to a cell that shows the largest."""
        self._values(table, row, rival).append(value)
        self._show(table, row, rival, max)

    def note_all(self, table, row, rival, values, part):
        """Adds values to a cell that shows the one which `part` of all values do not exceed."""
        self._values(table, row, rival).extend(values)
        self._show(table, row, rival, lambda all_values: sorted(all_values)[math.ceil(len(all_values) * part) - 1])

    def note_sum(self, table, row, rival, value):
        """Adds a value to a cell that shows the sum."""
        self._values(table, row, rival).append(value)
        self._show(table, row, rival, sum)

    def _show(self, table, row, rival, choose):
        cells = self.tables[table][row]
        cells[rival.name] = (choose, cells[rival.name][1])

    def markdown(self):
        return "\n".join(self._table(name, title) for name, title in TITLES.items() if name in self.tables)

    def _table(self, name, title):
        rows = self.tables[name]
        columns = [column for column in self.columns if any(column in cells for cells in rows.values())]
        lines = [f"### {title}", "", f"| | {' | '.join(columns)} |", "|---" + "|---:" * len(columns) + "|"]
        for row, cells in rows.items():
            lines.append(f"| {row} | {' | '.join(_cell(cells.get(column)) for column in columns)} |")
        return "\n".join([*lines, ""])


def _cell(content):
    if content is None:
        return "–"
    choose, values = content
    shown = _number(choose(values))
    low, high = _number(min(values)), _number(max(values))
    return shown if choose is not statistics.median or low == high else f"{shown} ({low}–{high})"


def _number(value):
    if isinstance(value, int) or value == int(value):
        return f"{int(value):,}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.{min(digits, 3)}f}"
