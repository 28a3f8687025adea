"""fetch_all() of parents with their children, over numbers of both: against JSON by hand, and our strategies compared.

The columns: our side, the two hand-written forms that win somewhere, the ratio to the nested one and to the better of
the two.  With --compare NAME=VALUE,VALUE our side is measured again under each value of that setting, and the bar is on the
choice it makes by itself: how many times worse it is than the better value.
"""
import os
import re

from forms import Shape
from harness import HERE, Loop, Session, alternate, least, on_one_processor, our_session, repetitions, same_answer

PARENTS = (1, 10, 100, 1000)
CHILDREN = (0, 3, 30, 300)      # album x has CHILDREN[x / 1000] tracks
CHOICE = 1.2                    # our choice against the better of our strategies


class Cell:
    def __init__(self, parents, children):
        self.parents, self.children = parents, children
        self.keys = 1000 // parents
        self.name = f"{parents}x{children}"

    def _many(self, value):
        start = 1000 * CHILDREN.index(self.children)
        return (f"ARRAY(SELECT {value.format(id=f'({start} + x * {self.parents})')}"
                f" FROM generate_series(0, {self.keys - 1}) x)")

    def inputs(self):
        document = ("json_build_object('model', 'Album', 'filter', json_build_object('id__gte', {id}), 'order_by',"
                    f" '[\"id\"]'::json, 'limit', {self.parents}, 'prefetch_related', '[\"tracks\"]'::json)")
        return {"page": ("text[]", self._many(document)), "first_id": ("bigint[]", self._many("{id}"))}

    def shape(self):
        return Shape(page=f"(SELECT * FROM albums WHERE id >= first_id[k] ORDER BY id LIMIT {self.parents})",
                     parent=["id", "title", "released"], accessor="tracks",
                     child=["id", "album_id", "title", "seconds", "rating"], children="tracks t", link="t.album_id")

    def side(self, session, statement):
        return Loop(session, statement, self.inputs(), keys=self.keys, warm=6,
                    answer="md5(result::jsonb::text)")


def fill():
    session = Session()
    if session.value("SELECT to_regclass('blog.albums') IS NULL"):
        with open(os.path.join(HERE, "grid.sql"), encoding="utf-8") as script:
            session.outside(script.read(), "VACUUM (ANALYZE) albums, tracks")


def strategies(options):
    """Our sessions by the name of their column: the one that chooses, and one for each value to compare."""
    sessions = {"ours": our_session(options)}
    for name, values in options.compare.items():
        for value in values:
            sessions[f"{re.split('[._]', name)[-1]} {value}"] = our_session(options, **{name: value})
    return sessions


def measure(table, cell, ours, theirs, options):
    sides = [cell.side(session, "SELECT aksara.fetch_all(page[k]) INTO result") for session in ours]
    sides += [cell.side(theirs, statement) for statement in (cell.shape().nested(), cell.shape().grouped())]
    same_answer(cell.name, [side.answer() for side in sides])
    times = repetitions(sides, options.budget)
    rounds = options.rounds if times > 1 else min(options.rounds, 7)
    spent = least(alternate(sides, rounds, times, most=rounds * 4))
    mine, others, (nested, grouped) = spent[0], spent[1:len(ours)], spent[len(ours):]
    cells = [mine, nested, grouped, f"{mine / nested:.2f}", f"{mine / min(nested, grouped):.2f}", *others]
    if others:
        table.row(cell.name, cells, mine / min(others), CHOICE)
    else:
        table.row(cell.name, cells)


def run(table, options):
    cells = [Cell(parents, children) for parents in PARENTS for children in CHILDREN]
    cells = [cell for cell in cells if options.wants("grid", cell.name)]
    if not cells:
        return
    fill()
    ours, theirs = strategies(options), Session()
    on_one_processor([*ours.values(), theirs])
    table.title("fetch_all() of parents x children: ms, the least of the rounds", "ours", "nested", "grouped",
                "/nested", "/best", *list(ours)[1:], *(["choice", "bar"] if len(ours) > 1 else []))
    for cell in cells:
        measure(table, cell, list(ours.values()), theirs, options)
