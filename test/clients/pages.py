"""The snippets of docs/drivers.md and docs/transactions.md, run as they stand there.

A page's snippets run in turn, by a role whose search_path is blog, over the models of blog.json.  A snippet is a whole
program.  What it prints is written beside it, and … in there stands for anything:
  sql         psql; "--  …", two spaces, are the lines that come out, but for empty ones
  python      print(…)  # …
  js, java    console.log(…);  // …
Other blocks are only read.  One line per snippet, in TAP.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

import psycopg2

HERE = os.path.dirname(os.path.abspath(__file__))
DOCS = os.path.join(HERE, "..", "..", "docs")
PAGES = ["drivers.md", "transactions.md"]
OWNER = "regress_pages_owner"
JAVA = os.environ.get("AKSARA_JAVA")    # a class path: pgjdbc, and the sockets of UnixSocketFactory

BEGIN = """\\set VERBOSITY terse
"""
OUTPUT = {
    "sql": re.compile(r"^--  (.*)$"),
    "python": re.compile(r"\)  # (.*)$"),
    "js": re.compile(r"\);  // (.*)$"),
    "java": re.compile(r"\);  // (.*)$"),
}


def snippets(page):
    """Language, first line and text of each block."""
    language = text = None
    with open(os.path.join(DOCS, page), encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if language is None and line.startswith("```"):
                language, start, text = line[3:].strip(), number, []
            elif line.startswith("```"):
                yield language, start, "".join(text)
                language = None
            elif language is not None:
                text.append(line)


def command(language, folder):
    """What runs the snippet, and the file that it stands in (none: standard input)."""
    if language == "sql":
        return ["psql", "-qXAt"], None
    if language == "python":
        return [sys.executable, "snippet.py"], "snippet.py"
    if language == "js":
        return ["node", "snippet.js"], "snippet.js"
    return ["java", "-cp", JAVA, "Snippet.java"], "Snippet.java"


def run(language, text):
    """What the snippet prints, errors among it."""
    socket = f"{os.environ['PGHOST']}/.s.PGSQL.{os.environ['PGPORT']}"
    environment = {
        **os.environ, "PGUSER": OWNER, "NODE_PATH": os.path.join(HERE, "node_modules"),
        "JDBC_URL": f"jdbc:postgresql://localhost/{os.environ['PGDATABASE']}?user={OWNER}&sslmode=disable"
                    f"&socketFactory=UnixSocketFactory&socketFactoryArg={socket}",
    }
    with tempfile.TemporaryDirectory() as folder:
        words, file = command(language, folder)
        if file:
            with open(os.path.join(folder, file), "w", encoding="utf-8") as out:
                out.write(text)
        done = subprocess.run(words, cwd=folder, env=environment, input=None if file else BEGIN + text, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
    return [line for line in done.stdout.splitlines() if line]


def matches(expected, seen):
    pattern = ".*".join(re.escape(part) for part in expected.split("…"))
    return re.fullmatch(pattern, seen) is not None


def check(page, number, language, text):
    """The trouble with a snippet, as lines; none is good."""
    expected = [found.group(1) for line in text.splitlines() if (found := OUTPUT[language].search(line))]
    seen = run(language, text)
    if len(seen) == len(expected) and all(map(matches, expected, seen)):
        return []
    return [f"docs/{page}, line {number}, should print:", *expected, "and prints:", *seen]


def prepare():
    execute(f"CREATE SCHEMA blog AUTHORIZATION {OWNER}")
    execute(f"SET ROLE {OWNER}")
    execute("SET search_path = blog")
    with open(os.path.join(HERE, "blog.json"), encoding="utf-8") as models:
        for model in json.load(models):
            execute("SELECT aksara.create_model(%s, %s, %s)", model["name"], json.dumps(model["fields"]),
                    json.dumps(model.get("meta", {})))
    execute("RESET ROLE")
    execute("RESET search_path")


def execute(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)


checks = failures = 0
connection = psycopg2.connect("")
connection.autocommit = True
execute(f"CREATE ROLE {OWNER} LOGIN")
execute(f"ALTER ROLE {OWNER} SET search_path = blog")
for page in PAGES:
    prepare()
    for language, number, text in snippets(page):
        if language not in OUTPUT or language == "java" and not JAVA:
            continue
        notes = check(page, number, language, text)
        checks += 1
        failures += bool(notes)
        print(f"{'not ok' if notes else 'ok'} {checks} - {page} line {number}, {language}")
        for note in notes:
            print(f"#   {note}")
    execute("DROP SCHEMA blog CASCADE")
execute(f"DROP ROLE {OWNER}")
print(f"1..{checks}")
sys.exit(failures > 0 or checks == 0)
