#!/usr/bin/python3
"""Reads the package index of this machine and loads it into the models of models.sql.

The index is what "apt-cache dumpavail" prints; where that is next to nothing (no package lists were ever fetched) the
installed packages in /var/lib/dpkg/status take its place.  Connection: PGHOST, PGPORT, PGUSER, PGDATABASE.
"""
import collections
import json
import re
import subprocess
import sys
import time

import psycopg2

STATUS = '/var/lib/dpkg/status'
FEW = 1000
BATCH = 5000

RELATION_FIELDS = ('Pre-Depends', 'Depends', 'Recommends', 'Suggests', 'Enhances', 'Breaks', 'Conflicts', 'Replaces')
WANTED = frozenset(RELATION_FIELDS + (
    'Package', 'Source', 'Version', 'Architecture', 'Priority', 'Section', 'Maintainer', 'Description', 'Homepage',
    'Size', 'Installed-Size', 'Provides', 'Tag', 'Status'))

# name, perhaps an architecture (python3:any), perhaps a version: "libc6 (>= 2.34)"
TERM = re.compile(r'([a-zA-Z0-9][a-zA-Z0-9+.-]*)(?::[a-z0-9-]+)?\s*(?:\((<<|<=|=|>=|>>|<|>)\s*([^)\s]+)\s*\))?')
PERSON = re.compile(r'(.*?)\s*<\s*([^>]*?)\s*>')
# What a field of type Email takes; packages from elsewhere have other things in that place.
ADDRESS = re.compile(r'[^@\s.]+(\.[^@\s.]+)*@([^@\s.]+\.)+[^@\s.0-9]{2,}')
# In the oldest spelling "<" meant "<=".
OPERATORS = {'<': '<=', '>': '>='}


# ---- reading the index ----

def stanzas(lines):
    """Yields each paragraph as a dict of the wanted fields; continuation lines stay lines of their field."""
    stanza, field = {}, None
    for line in lines:
        if line == '\n':
            if stanza:
                yield stanza
            stanza, field = {}, None
        elif line[0] in ' \t':
            if field:
                stanza[field] += line.rstrip('\n')
        else:
            name, _, value = line.partition(':')
            field = name if name in WANTED else None
            # Of a description only the first line is the summary.
            if field:
                stanza[field] = value.strip()
            if field == 'Description':
                field = None
    if stanza:
        yield stanza


def read_available():
    """The available packages by name; the first of a name is the version apt would install."""
    packages = {}
    try:
        with subprocess.Popen(['apt-cache', 'dumpavail'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              encoding='utf-8', errors='replace') as process:
            for stanza in stanzas(process.stdout):
                packages.setdefault(stanza.get('Package'), stanza)
    except FileNotFoundError:
        pass
    packages.pop(None, None)
    return packages


def read_installed():
    with open(STATUS, encoding='utf-8', errors='replace') as lines:
        return {stanza['Package']: stanza for stanza in stanzas(lines)
                if stanza.get('Status', '').endswith(' installed')}


def read_index():
    packages = read_available()
    if len(packages) >= FEW:
        return packages, 'apt-cache dumpavail'
    return read_installed(), STATUS


# ---- from control fields to documents ----

def terms(text):
    """(name, operator, version) of each alternative of each clause, with the number of the clause."""
    for clause, alternatives in enumerate(text.split(','), 1):
        for alternative in alternatives.split('|'):
            match = TERM.match(alternative.strip())
            if match:
                name, operator, version = match.groups()
                yield clause, name, OPERATORS.get(operator, operator), version


def person(text):
    """(name, address or None) of "Jane Doe <jane@example.org>"; addresses are the same in upper and lower case."""
    match = PERSON.match(text)
    name, email = (match[1].strip('"'), match[2].lower()) if match else (text, '')
    return name, email if ADDRESS.fullmatch(email) else None


def number(text):
    return int(text) if text and text.isdigit() else None


def package_document(stanza, maintainers):
    name = stanza['Package']
    who, email = person(stanza.get('Maintainer', ''))
    return {
        'name': name,
        'version': stanza.get('Version'),
        'architecture': stanza.get('Architecture'),
        'priority': stanza.get('Priority'),
        'summary': stanza.get('Description'),
        'homepage': stanza.get('Homepage'),
        'size': number(stanza.get('Size')),
        'installed_size': number(stanza.get('Installed-Size')),
        'section': stanza.get('Section'),
        # "Source: gcc-12 (12.2.0-14)", left out where it is the package's own name
        'source': stanza.get('Source', name).split()[0],
        'maintainer': maintainers.get(email or who),
    }


def maintainer_documents(packages):
    """One person writes the name in several ways; the most frequent one is kept."""
    names, people = collections.defaultdict(collections.Counter), set()
    for stanza in packages.values():
        name, email = person(stanza.get('Maintainer', ''))
        if email:
            names[email][name] += 1
        elif name:
            people.add(name)
    return ([{'name': count.most_common(1)[0][0], 'email': email} for email, count in sorted(names.items())]
            + [{'name': name, 'email': None} for name in sorted(people)])


def dependency_documents(packages):
    for name, stanza in packages.items():
        for kind in RELATION_FIELDS:
            for clause, target, operator, version in terms(stanza.get(kind, '')):
                yield {'package': name, 'kind': kind, 'clause': clause, 'target': target,
                       'operator': operator, 'version': version}


def provision_documents(packages):
    for name, stanza in packages.items():
        targets = {}
        for _, target, _, version in terms(stanza.get('Provides', '')):
            targets.setdefault(target, version)
        for target, version in targets.items():
            yield {'package': name, 'target': target, 'version': version}


def tagged(packages):
    """The names of the packages by tag."""
    by_tag = collections.defaultdict(list)
    for name, stanza in packages.items():
        for tag in stanza.get('Tag', '').split(','):
            if tag.strip():
                by_tag[tag.strip()].append(name)
    return by_tag


# ---- loading ----

class Progress:
    """One line for each kind of row: rewritten on a terminal, printed once when done elsewhere."""

    def __init__(self, what, total):
        self.what, self.total, self.done, self.start = what, total, 0, time.monotonic()
        self.live = sys.stdout.isatty()

    def add(self, count):
        self.done += count
        if self.live:
            self.show('\r', '')

    def show(self, before, after):
        seconds = time.monotonic() - self.start
        print(f'{before}  {self.what:<22}{self.done:>9,} of {self.total:>9,}{seconds:>8.1f} s'
              f'{self.done / max(seconds, 0.001):>10,.0f} a second', end=after, flush=True)

    def finish(self):
        self.show('\r' if self.live else '', '\n')


def bulk_create(cursor, model, documents):
    """All documents, a batch at a time; returns their keys in order."""
    progress = Progress(model, len(documents))
    keys = []
    for start in range(0, len(documents), BATCH):
        batch = documents[start:start + BATCH]
        cursor.execute('SELECT aksara.bulk_create(%s, %s)', (model, json.dumps(batch, ensure_ascii=False)))
        keys.extend(key for key, in cursor)
        progress.add(len(batch))
    progress.finish()
    return keys


def add_tags(cursor, by_tag):
    """From the tag's end there are few hundred calls, each with all the packages of a tag."""
    progress = Progress('Package.tags', sum(map(len, by_tag.values())))
    for tag, names in by_tag.items():
        cursor.execute("SELECT aksara.related_add('debian.Tag', %s, 'packages', VARIADIC %s)", (tag, names))
        progress.add(cursor.fetchone()[0])
    progress.finish()


def load(cursor, packages):
    by_tag = tagged(packages)
    bulk_create(cursor, 'debian.Section', [
        {'name': name} for name in sorted({p['Section'] for p in packages.values() if 'Section' in p})])
    people = maintainer_documents(packages)
    maintainers = dict(zip((p['email'] or p['name'] for p in people), bulk_create(cursor, 'debian.Maintainer', people)))
    bulk_create(cursor, 'debian.Tag', [{'name': tag, 'facet': tag.partition('::')[0]} for tag in sorted(by_tag)])

    documents = [package_document(stanza, maintainers) for stanza in packages.values()]
    bulk_create(cursor, 'debian.Source', [{'name': name} for name in sorted({d['source'] for d in documents})])
    provisions = list(provision_documents(packages))
    dependencies = list(dependency_documents(packages))
    # Names that are used and not described become packages too, so that every foreign key has its target.
    virtual = {p['target'] for p in provisions} - packages.keys()
    missing = {d['target'] for d in dependencies} - packages.keys() - virtual
    documents += [{'name': name, 'state': 'virtual'} for name in sorted(virtual)]
    documents += [{'name': name, 'state': 'missing'} for name in sorted(missing)]

    bulk_create(cursor, 'debian.Package', documents)
    bulk_create(cursor, 'debian.Provision', provisions)
    bulk_create(cursor, 'debian.Dependency', dependencies)
    add_tags(cursor, by_tag)


def main():
    start = time.monotonic()
    packages, origin = read_index()
    print(f'{len(packages):,} packages read from {origin} in {time.monotonic() - start:.1f} s')
    connection = psycopg2.connect('')
    with connection, connection.cursor() as cursor:
        load(cursor, packages)
    # The planner should know what it is about to join.
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute('VACUUM ANALYZE')
    print(f'loaded in {time.monotonic() - start:.1f} s, reading included')


if __name__ == '__main__':
    main()
