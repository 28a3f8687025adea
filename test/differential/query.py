"""Random query sets against an evaluator of its own.

Documents made at random are asked of aksara and of the code below, which reads the rows once and knows the language from
docs/query.md: no SQL, rows as Python objects. Each answer is compared whole: which rows, in which order, with which
annotations and groups; and every condition with its complement. AK_SEED repeats a run, AK_DOCUMENTS says how many.
"""
import itertools
import json
import os
import random
import sys
from datetime import date
from decimal import Decimal

import psycopg2

SEED = int(os.environ.get("AK_SEED") or random.SystemRandom().randrange(1, 1_000_000))
COUNT = int(os.environ.get("AK_DOCUMENTS") or 1000)
rng = random.Random(SEED)

WORDS = ["", "a", "A", "ab", "Ab", "b", "100%", "a_b", "é", "É", "x\\y", "ß"]
MODELS = {
    "Author": {"name": ("text", True), "age": ("int", True), "active": ("bool", False)},
    "Post": {"title": ("text", False), "views": ("int", True), "score": ("dec", True), "published": ("bool", False),
             "day": ("date", True)},
    "Tag": {"name": ("text", False)},
    "Comment": {"text": ("text", True), "likes": ("int", True)},
}
# model → accessor → (model behind it, to many?)
RELATIONS = {
    "Author": {"posts": ("Post", True), "mentor": ("Author", False), "pupils": ("Author", True)},
    "Post": {"author": ("Author", False), "tags": ("Tag", True), "comments": ("Comment", True)},
    "Tag": {"posts": ("Post", True)},
    "Comment": {"post": ("Post", False), "writer": ("Author", False)},
}
DEFINITIONS = [
    ("Author", '{"name": {"type": "String", "nullable": true}, "age": {"type": "Integer", "nullable": true}, "active": "Boolean", '
               '"mentor": {"type": "ForeignKey", "to": "self", "nullable": true, "on_delete": "SET_NULL", "related_name": "pupils"}}'),
    ("Tag", '{"name": "String"}'),
    ("Post", '{"title": "String", "views": {"type": "Integer", "nullable": true}, "score": {"type": "Decimal", "max_digits": 8, '
             '"decimal_places": 2, "nullable": true}, "published": "Boolean", "day": {"type": "Date", "nullable": true}, '
             '"author": {"type": "ForeignKey", "to": "Author", "nullable": true, "on_delete": "CASCADE", "related_name": "posts"}, '
             '"tags": {"type": "ManyToMany", "to": "Tag", "related_name": "posts"}}'),
    ("Comment", '{"text": {"type": "String", "nullable": true}, "likes": {"type": "Integer", "nullable": true}, '
                '"post": {"type": "ForeignKey", "to": "Post", "on_delete": "CASCADE", "related_name": "comments"}, '
                '"writer": {"type": "ForeignKey", "to": "Author", "nullable": true, "on_delete": "SET_NULL", "related_name": "+"}}'),
]


class Row:
    """One row: its fields by name, its neighbours by accessor."""
    def __init__(self, model, number, fields):
        self.model, self.id, self.fields, self.near = model, number, fields, {}

    def value(self, name):
        return self.id if name == "id" else self.fields[name]


# ---- data ----

def random_value(kind, nullable=False):
    if nullable and rng.random() < 0.25:
        return None
    return {"text": lambda: rng.choice(WORDS), "int": lambda: rng.randrange(-2, 6), "bool": lambda: rng.random() < 0.5,
            "dec": lambda: Decimal(rng.randrange(-200, 500)) / 100,
            "date": lambda: date(rng.randrange(2023, 2027), rng.randrange(1, 13), rng.randrange(1, 29))}[kind]()


def make_rows():
    rows = {model: [Row(model, n, {f: random_value(*t) for f, t in fields.items()}) for n in range(1, size + 1)]
            for (model, fields), size in zip(MODELS.items(), (8, 24, 5, 40))}
    maybe = lambda model, chance: rng.choice(rows[model]) if rng.random() < chance else None
    for row in itertools.chain(*rows.values()):
        row.near = {name: [] if many else None for name, (_, many) in RELATIONS[row.model].items()}
    for row in rows["Author"]:
        row.near["mentor"] = maybe("Author", 0.6)
        if row.near["mentor"]:
            row.near["mentor"].near["pupils"].append(row)
    for row in rows["Post"]:
        row.near["author"] = maybe("Author", 0.8)
        if row.near["author"]:
            row.near["author"].near["posts"].append(row)
        for tag in rng.sample(rows["Tag"], rng.randrange(0, 4)):
            row.near["tags"].append(tag)
            tag.near["posts"].append(row)
    for row in rows["Comment"]:
        row.near["post"], row.near["writer"] = rng.choice(rows["Post"]), maybe("Author", 0.7)
        row.near["post"].near["comments"].append(row)
    return rows


def store(cursor, rows):
    key = lambda row: row.id if row else None
    for row in rows["Author"]:
        cursor.execute("INSERT INTO authors (id, name, age, active) VALUES (%s, %s, %s, %s)", (row.id, *row.fields.values()))
    for row in rows["Author"]:
        cursor.execute("UPDATE authors SET mentor_id = %s WHERE id = %s", (key(row.near["mentor"]), row.id))
    for row in rows["Tag"]:
        cursor.execute("INSERT INTO tags (id, name) VALUES (%s, %s)", (row.id, row.fields["name"]))
    for row in rows["Post"]:
        cursor.execute("INSERT INTO posts (id, title, views, score, published, day, author_id) VALUES (%s, %s, %s, %s, %s, %s, %s)",
                       (row.id, *row.fields.values(), key(row.near["author"])))
        for tag in row.near["tags"]:
            cursor.execute("INSERT INTO post_tags (post_id, tag_id) VALUES (%s, %s)", (row.id, tag.id))
    for row in rows["Comment"]:
        cursor.execute("INSERT INTO comments (id, text, likes, post_id, writer_id) VALUES (%s, %s, %s, %s, %s)",
                       (row.id, *row.fields.values(), key(row.near["post"]), key(row.near["writer"])))


# ---- the meaning of a condition ----

def folded(text):
    return None if text is None else text.lower()


def as_text(value):
    if value is None or isinstance(value, str):
        return value
    return str(value)


def comparable(kind, value):
    if value is None or kind != "date" and kind != "dec":
        return value
    return date.fromisoformat(value) if kind == "date" and isinstance(value, str) else Decimal(str(value)) if kind == "dec" else value


LOOKUPS = {
    "exact": lambda a, b: a == b, "iexact": lambda a, b: folded(as_text(a)) == folded(as_text(b)),
    "contains": lambda a, b: b in as_text(a), "icontains": lambda a, b: folded(b) in folded(as_text(a)),
    "startswith": lambda a, b: as_text(a).startswith(b), "istartswith": lambda a, b: folded(as_text(a)).startswith(folded(b)),
    "endswith": lambda a, b: as_text(a).endswith(b), "iendswith": lambda a, b: folded(as_text(a)).endswith(folded(b)),
    "gt": lambda a, b: a > b, "gte": lambda a, b: a >= b, "lt": lambda a, b: a < b, "lte": lambda a, b: a <= b,
    "in": lambda a, b: a in [m for m in b if m is not None], "range": lambda a, b: b[0] <= a <= b[1],
}
TRANSFORMS = {
    ("text", "length"): ("int", len), ("text", "lower"): ("text", str.lower), ("int", "abs"): ("int", abs),
    ("date", "year"): ("int", lambda d: d.year), ("date", "month"): ("int", lambda d: d.month),
    ("date", "day"): ("int", lambda d: d.day), ("date", "quarter"): ("int", lambda d: (d.month + 2) // 3),
}


def holds(lookup, kind, left, right):
    """Is the test true?  What is unknown is not."""
    if lookup == "isnull":
        return (left is None) == right
    if right is None:
        return left is None and lookup in ("exact", "iexact")
    if left is None:
        return False
    if isinstance(right, list):
        right = [comparable(kind, member) for member in right]
    elif lookup in ("exact", "gt", "gte", "lt", "lte"):
        right = comparable(kind, right)
    return LOOKUPS[lookup](left, right)


class Test:
    """path__lookup: value, with the path taken apart."""
    def __init__(self, steps, field, kind, transform, lookup, value):
        self.steps, self.field, self.kind, self.transform = steps, field, kind, transform
        self.lookup, self.value = lookup, value

    def key(self):
        words = [*(name for name, _, _ in self.steps)]
        if self.field:
            words.append(self.field)
        if self.transform:
            words.append(self.transform)
        if self.lookup != "exact" or rng.random() < 0.3:
            words.append(self.lookup)
        return "__".join(words)

    def ways(self):
        """The to-many steps on the way, each by the steps up to it."""
        return [tuple(name for name, _, _ in self.steps[:n + 1]) for n, (_, _, many) in enumerate(self.steps)
                if many and not (self.absence() and n == len(self.steps) - 1)]

    def absence(self):
        """Asks whether there are related rows at all."""
        return self.field is None and self.steps[-1][2]

    def true(self, row, chosen):
        for n, (name, _, many) in enumerate(self.steps):
            if many and self.absence() and n == len(self.steps) - 1:
                return (row is None or not row.near[name]) == (self.value is None or self.value is True)
            if many:
                row = chosen[tuple(step for step, _, _ in self.steps[:n + 1])]
                if row is NOBODY:
                    return False
            elif row is not None:
                row = row.near[name]
        return holds(self.lookup, self.kind, self.left(row), self.value if not callable(self.value) else self.value())

    def left(self, row):
        if row is None:
            return None
        value = row.id if self.field is None else row.value(self.field)
        if value is None or not self.transform:
            return value
        return TRANSFORMS[(MODELS[row.model][self.field][0], self.transform)][1](value)


NOBODY = object()


class Formula:
    """An object of conditions: tests and connectives, ANDed."""
    def __init__(self, members):
        self.members = members      # of (word, Test | [Formula] | Formula | (steps, Formula))

    def document(self):
        document = {}
        for word, member in self.members:
            if word == "test":
                document.setdefault(member.key(), member.json())
            elif word in ("$or", "$and", "$xor"):
                document[word] = [formula.document() for formula in member]
            elif word == "$not":
                document[word] = member.document()
            else:
                steps, formula = member
                document["__".join([*steps, word])] = formula.document()
        return document

    def ways(self):
        found = []
        for word, member in self.members:
            if word == "test":
                found += member.ways()
            elif word in ("$or", "$and"):
                for formula in member:
                    found += formula.ways()
        return sorted(set(found), key=lambda way: (len(way), way))

    def true(self, row):
        """Is there one related row for each way, so that all of it is true?"""
        return any(self.true_for(row, chosen) for chosen in choices(row, self.ways(), {}))

    def true_for(self, row, chosen):
        return all(self.member_true(word, member, row, chosen) for word, member in self.members)

    def member_true(self, word, member, row, chosen):
        if word == "test":
            return member.true(row, chosen)
        if word == "$or":
            return any(formula.true_for(row, chosen) for formula in member)
        if word == "$and":
            return all(formula.true_for(row, chosen) for formula in member)
        if word == "$xor":
            return sum(formula.true(row) for formula in member) % 2 == 1
        if word == "$not":
            return not member.true(row)
        steps, formula = member
        for step in steps[:-1]:
            row = row and row.near[step]
        behind = row.near[steps[-1]] if row else []
        if word == "some":
            return any(formula.true(other) for other in behind)
        if word == "every":
            return all(formula.true(other) for other in behind)
        return not any(formula.true(other) for other in behind)


def choices(row, ways, chosen):
    """Every way to choose one related row for each way; nobody where there is none."""
    if not ways:
        yield chosen
        return
    way = ways[0]
    at = row
    for n, name in enumerate(way[:-1]):
        if at is None or at is NOBODY:
            break
        at = chosen[way[:n + 1]] if way[:n + 1] in chosen else at.near[name]
    several = at.near[way[-1]] if at is not None and at is not NOBODY else []
    for one in several or [NOBODY]:
        yield from choices(row, ways[1:], {**chosen, way: one})


# ---- random conditions ----

def to_json(value):
    if isinstance(value, list):
        return [to_json(member) for member in value]
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


Test.json = lambda self: to_json(self.value)


def random_path(model, depth=3):
    steps = []
    while depth and rng.random() < 0.45:
        name = rng.choice(list(RELATIONS[model]))
        behind, many = RELATIONS[model][name]
        steps.append((name, model, many))
        model, depth = behind, depth - 1
    return steps, model


def random_test(model):
    steps, model = random_path(model)
    if steps and rng.random() < 0.15:
        # the relation itself, by its key or by whether it is there
        lookup = rng.choice(["exact", "isnull", "in", "exact"])
        value = {"exact": lambda: rng.choice([None, rng.randrange(1, 9)]), "isnull": lambda: rng.random() < 0.5,
                 "in": lambda: [rng.randrange(1, 9) for _ in range(3)]}[lookup]()
        if steps[-1][2] and not (lookup == "isnull" or value is None):
            return Test(steps, "id", "int", None, lookup, value)
        return Test(steps, None, "int", None, lookup, value)
    field = rng.choice(["id", *MODELS[model]])
    kind = "int" if field == "id" else MODELS[model][field][0]
    transforms = [name for (of, name) in TRANSFORMS if of == kind and field != "id"]
    transform = rng.choice(transforms) if transforms and rng.random() < 0.25 else None
    if transform:
        kind = TRANSFORMS[(kind, transform)][0]
    lookups = {"text": list(LOOKUPS), "bool": ["exact", "in"], "int": ["exact", "gt", "gte", "lt", "lte", "in", "range"],
               "dec": ["exact", "gt", "gte", "lt", "lte", "in", "range"],
               "date": ["exact", "gt", "gte", "lt", "lte", "in", "range"]}[kind]
    lookup = rng.choice([*lookups, "isnull"])
    one = lambda: rng.randrange(2023, 2027) if transform == "year" else random_value(kind)
    value = {"isnull": lambda: rng.random() < 0.5, "in": lambda: [rng.choice([one(), None]) for _ in range(rng.randrange(4))],
             "range": lambda: [one(), one()], "exact": lambda: rng.choice([one(), one(), one(), None])}.get(lookup, one)()
    return Test(steps, field, kind, transform, lookup, value)


def random_formula(model, depth=3):
    members, taken = [], set()
    for _ in range(rng.choice([1, 1, 1, 2, 2, 3])):
        word = rng.choice(["test"] * 6 + (["$or", "$or", "$and", "$xor", "$not", "some", "every", "none"] if depth else []))
        if word == "test":
            member = random_test(model)
            key = (tuple(member.steps), member.field, member.transform, member.lookup)
        elif word in ("$or", "$and", "$xor"):
            member, key = [random_formula(model, depth - 1) for _ in range(rng.randrange(1, 4))], word
        elif word == "$not":
            member, key = random_formula(model, depth - 1), word
        else:
            many = [name for name, (_, many) in RELATIONS[model].items() if many]
            if not many:
                continue
            name = rng.choice(many)
            member, key = ([name], random_formula(RELATIONS[model][name][0], depth - 1)), (name, word)
        if key not in taken:
            taken.add(key)
            members.append((word, member))
    return Formula(members) if members else random_formula(model, depth)


# ---- annotations ----

def over(row, steps):
    """The related rows that steps lead to, as often as they are linked."""
    rows = [row]
    for name, _, many in steps:
        rows = [other for one in rows for other in (one.near[name] if many else [one.near[name]]) if other is not None]
    return rows


def total(function, values, distinct):
    values = [value for value in values if value is not None]
    if distinct:
        values = list(dict.fromkeys(values))
    if function == "$count":
        return len(values)
    if not values:
        return None
    return {"$sum": sum, "$min": min, "$max": max}[function](values)


class Aggregate:
    """{"$sum": "comments__likes", "filter": …}"""
    def __init__(self, model, like=None):
        many = [name for name, (_, many) in RELATIONS[model].items() if many]
        name = like.steps[0][0] if like else rng.choice(many)
        self.steps = [(name, model, True)]
        behind = RELATIONS[model][name][0]
        if rng.random() < 0.3:
            further = rng.choice(list(RELATIONS[behind]))
            self.steps.append((further, behind, RELATIONS[behind][further][1]))
            behind = RELATIONS[behind][further][0]
        numbers = ["id", *(f for f, (kind, _) in MODELS[behind].items() if kind in ("int", "dec"))]
        self.field = rng.choice(numbers)
        self.function = rng.choice(["$count", "$sum", "$min", "$max"])
        self.distinct = rng.random() < 0.3
        self.filter = random_test(behind) if rng.random() < 0.4 and len(self.steps) == 1 else None
        if self.filter and any(many for _, _, many in self.filter.steps):
            self.filter = None

    def document(self):
        document = {self.function: "__".join([*(name for name, _, _ in self.steps), self.field])}
        if self.distinct:
            document["distinct"] = True
        if self.filter:
            document["filter"] = {f"{self.steps[0][0]}__{self.filter.key()}": self.filter.json()}
        return document

    def value(self, row):
        rows = [other for other in over(row, self.steps) if not self.filter or self.filter.true(other, {})]
        return total(self.function, [other.value(self.field) for other in rows], self.distinct)


def plain(value):
    """A value as JSON has it, numbers without a scale."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, date) else Decimal(str(value)).normalize() + 0


# ---- what is asked ----

def sort_rows(rows, annotated, terms):
    """A stable sort for each term from the last on; no value is greater than any."""
    for term in reversed(terms):
        name, descending = term.lstrip("-"), term.startswith("-")
        value = lambda row: annotated[row.id][name] if name in annotated[row.id] else row.value(name)
        with_value = sorted((row for row in rows if value(row) is not None), key=value, reverse=descending)
        without = [row for row in rows if value(row) is None]
        rows = without + with_value if descending else with_value + without
    return rows


class TooComplex(Exception):
    """More tables than a statement may have: no answer is one."""


def ask(cursor, call, *documents):
    try:
        cursor.execute(f"SELECT {call}", [json.dumps(document) for document in documents])
    except psycopg2.errors.StatementTooComplex:
        raise TooComplex
    except psycopg2.Error as error:
        print(f"AK_SEED={SEED}: {json.dumps(documents, ensure_ascii=False)}\n{error}")
        sys.exit(1)
    return cursor.fetchone()[0]


def random_aggregates(model):
    """Some, of which those over one relation are read together."""
    aggregates = {}
    for i in range(rng.choice([0, 0, 1, 2, 4])):
        aggregates[f"n{i}"] = Aggregate(model, aggregates["n0"] if i and rng.random() < 0.7 else None)
    return aggregates


def rows_question(cursor, data):
    model = rng.choice(list(MODELS))
    calls = [("filter" if rng.random() < 0.75 else "exclude", random_formula(model)) for _ in range(rng.choice([0, 1, 1, 1, 2]))]
    aggregates = random_aggregates(model) if model != "Comment" else {}
    document = {"model": model}
    for word in ("filter", "exclude"):
        said = [formula.document() for kind, formula in calls if kind == word]
        if said:
            document[word] = said if len(said) > 1 or rng.random() < 0.5 else said[0]
    rows = [row for row in data[model] if all(formula.true(row) == (word == "filter") for word, formula in calls)]
    annotated = {row.id: {name: aggregate.value(row) for name, aggregate in aggregates.items()} for row in data[model]}
    if aggregates:
        document["annotate"] = {name: aggregate.document() for name, aggregate in aggregates.items()}
        if rng.random() < 0.5:
            name, bound = rng.choice(list(aggregates)), rng.randrange(0, 4)
            lookup = rng.choice(["gt", "lte", "exact"])
            test = {f"{name}__{lookup}": bound}
            document["filter"] = [*(lambda f: f if isinstance(f, list) else [f])(document.get("filter", [])), test]
            rows = [row for row in rows if holds(lookup, "int", annotated[row.id][name], bound)]
    names = [*MODELS[model], *aggregates]
    terms = [rng.choice(["", "-"]) + name for name in rng.sample(names, rng.randrange(0, min(3, len(names))))]
    terms.append(rng.choice(["id", "-id"]))
    rows = sort_rows(rows, annotated, terms)
    document["order_by"] = terms
    count = len(rows)
    if rng.random() < 0.3:
        document["offset"], document["limit"] = rng.randrange(0, 4), rng.randrange(0, 9)
        rows = rows[document["offset"]:document["offset"] + document["limit"]]
    document["pick"] = ["id", *aggregates]
    expected = [[row.id, *(plain(annotated[row.id][name]) for name in aggregates)] for row in rows]
    answer = [[line["id"], *(plain(line[name]) for name in aggregates)] for line in ask(cursor, "aksara.fetch_all(%s)", document)]
    compare(document, expected, answer)
    whole = {key: value for key, value in document.items() if key not in ("limit", "offset")}
    compare(whole, count, ask(cursor, "aksara.count(%s)", whole))
    if len(calls) == 1 and not aggregates:
        # what is left out of the one is in the other
        other = dict(whole)
        word = calls[0][0]
        other["exclude" if word == "filter" else "filter"] = other.pop(word)
        compare(other, len(data[model]) - count, ask(cursor, "aksara.count(%s)", other))


def groups_question(cursor, data):
    model = rng.choice(["Post", "Author", "Comment"])
    formula = random_formula(model, 1)
    keys = rng.sample([name for name, (kind, _) in MODELS[model].items()], rng.randrange(1, 3))
    numbers = [name for name, (kind, _) in MODELS[model].items() if kind in ("int", "dec")]
    aggregates = {f"n{i}": (rng.choice(["$count", "$sum", "$min", "$max"]), rng.choice(numbers), rng.random() < 0.3)
                  for i in range(rng.randrange(1, 3))}
    apart = rng.random() < 0.5 and model == "Post"
    document = {"model": model, "filter": formula.document(), "group_by": keys,
                "annotate": {name: {function: field, **({"distinct": True} if distinct else {})}
                             for name, (function, field, distinct) in aggregates.items()}}
    if apart:
        document["annotate"]["likes"] = {"$sum": "comments__likes"}
        document["annotate"]["tagged"] = {"$count": "tags"}
    groups = {}
    for row in data[model]:
        if formula.true(row):
            groups.setdefault(tuple(row.value(key) for key in keys), []).append(row)
    expected = []
    for key, rows in groups.items():
        line = [plain(value) for value in key]
        line += [plain(total(function, [row.value(field) for row in rows], distinct))
                 for function, field, distinct in aggregates.values()]
        if apart:
            line.append(plain(total("$sum", [c.value("likes") for row in rows for c in row.near["comments"]], False)))
            line.append(plain(sum(len(row.near["tags"]) for row in rows)))
        expected.append(line)
    names = [*keys, *document["annotate"]]
    answer = [[plain(line[name]) for name in names] for line in ask(cursor, "aksara.fetch_all(%s)", document)]
    compare(document, sorted(expected, key=repr), sorted(answer, key=repr))
    compare(document, len(groups), ask(cursor, "aksara.count(%s)", document))


def compare(document, expected, answer):
    if expected != answer:
        print(f"AK_SEED={SEED}: {json.dumps(document, ensure_ascii=False)}\n  the evaluator: {expected}\n  aksara:        {answer}")
        sys.exit(1)


def main():
    print(f"AK_SEED={SEED} AK_DOCUMENTS={COUNT}")
    connection = psycopg2.connect("")
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("SET client_min_messages = warning; CREATE SCHEMA differential; SET search_path = differential")
    for model, fields in DEFINITIONS:
        cursor.execute("SELECT aksara.create_model(%s, %s, %s)", (model, fields, '{"primary_key": "bigint"}'))
    skipped = 0
    for n in range(COUNT):
        if n % 300 == 0:
            cursor.execute("TRUNCATE authors, posts, tags, post_tags, comments")
            data = make_rows()
            store(cursor, data)
        question = rows_question if rng.random() < 0.85 else groups_question
        try:
            question(cursor, data)
        except TooComplex:
            skipped += 1
    print(f"{COUNT} documents, {skipped} too complex")
    if skipped * 20 > COUNT:
        sys.exit("too many were too complex")


main()
