"""A list of objects, each with the list of its children, as one writes it in SQL by hand: four forms.

Which of them is fastest depends on the numbers of rows; the bench takes the fastest.
"""


def build(kind, alias, columns, **more):
    """An object by name: json_build_object('id', p.id, …)."""
    pairs = [f"'{c}', {alias}.{c}" for c in columns] + [f"'{c}', {expression}" for c, expression in more.items()]
    return f"{kind}_build_object({', '.join(pairs)})"


class Shape:
    """Parents p from the sub-select page, perhaps with one row a joined to each, and children t.

    link names the column that leads from the children, or from the junction in front of them, to p.id.
    """

    def __init__(self, page, parent, accessor, child, children, link, joined=None):
        self.page, self.parent, self.accessor, self.child = page, parent, accessor, child
        self.children, self.link, self.joined = children, link, joined

    @property
    def join(self):
        return f" JOIN {self.joined.table} a ON a.id = p.{self.joined.column}" if self.joined else ""

    def _one(self, kind):
        return {self.joined.accessor: build(kind, "a", self.joined.columns)} if self.joined else {}

    def _list(self, kind, item):
        return (f"SELECT coalesce({kind}_agg({item} ORDER BY t.id), '[]') AS list FROM {self.children}"
                f" WHERE {self.link} = p.id")

    def nested(self, kind="json"):
        """Objects by name, the children by a sub-select for each parent."""
        more = {**self._one(kind), self.accessor: f"({self._list(kind, build(kind, 't', self.child))})"}
        return (f"SELECT {kind}_agg({build(kind, 'p', self.parent, **more)} ORDER BY p.id) INTO result"
                f" FROM {self.page} p{self.join}")

    def lateral(self):
        """The same with the children in FROM."""
        more = {**self._one("json"), self.accessor: "c.list"}
        return (f"SELECT json_agg({build('json', 'p', self.parent, **more)} ORDER BY p.id) INTO result"
                f" FROM {self.page} p{self.join} CROSS JOIN LATERAL"
                f" ({self._list('json', 'row_to_json(t)')}) c")

    def grouped(self):
        """The children of all parents at once, grouped by parent and joined."""
        more = {**self._one("json"), self.accessor: "coalesce(g.list, '[]')"}
        return (f"WITH p AS MATERIALIZED {self.page}"
                f" SELECT json_agg({build('json', 'p', self.parent, **more)} ORDER BY p.id) INTO result"
                f" FROM p{self.join} LEFT JOIN"
                f" (SELECT {self.link} AS parent, json_agg(row_to_json(t) ORDER BY t.id) AS list FROM {self.children}"
                f" WHERE {self.link} IN (SELECT id FROM p) GROUP BY {self.link}) g ON g.parent = p.id")

    def row_to_json(self):
        """Whole rows, keys from the columns' names."""
        one = f", row_to_json(a) AS {self.joined.accessor}" if self.joined else ""
        return (f"SELECT json_agg(row_to_json(x) ORDER BY x.id) INTO result FROM"
                f" (SELECT p.*{one}, ({self._list('json', 'row_to_json(t)')}) AS {self.accessor}"
                f" FROM {self.page} p{self.join}) x")


class Joined:
    """The row that a parent's column leads to."""

    def __init__(self, table, column, accessor, columns):
        self.table, self.column, self.accessor, self.columns = table, column, accessor, columns
