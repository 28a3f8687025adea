"""A peer in Python: a program that does pieces of work when asked, line by line.

It says {"ready": NAME AND VERSION}, then answers each request of a line of JSON: {"work": W, "times": N} does W for the
keys 0 … N-1 and says {"ms": of one}; {"work": W, "answer": true} does it once and says {"answer": what it read}.
"""
import hashlib
import json
import sys
import time
import uuid

KEYS = 1000
PAGE = 100
DOCUMENTS = 10000
CONTENT = "Lorem ipsum dolor sit amet. " * 8


def _key(text):
    return uuid.UUID(hashlib.md5(text.encode()).hexdigest())


POSTS = [_key(f"post {k * 17 % 20000}") for k in range(KEYS)]
USERS = [_key(f"user {k % 1000}") for k in range(KEYS)]
DRAFTS = [_key(f"draft {k}") for k in range(KEYS)]


def new_drafts(author):
    """The rows of one bulk_create, the author under this name."""
    return [{"title": f"A draft {x}", "content": CONTENT, "published": x % 3 != 0, "views": x, author: USERS[x % KEYS]}
            for x in range(DOCUMENTS)]


def _say(**answer):
    print(json.dumps(answer, default=str), flush=True)


def _timed(work, times):
    started = time.perf_counter()
    for k in range(times):
        work(k % KEYS)
    return (time.perf_counter() - started) * 1000 / times


def serve(name, works, answers):
    """works: name -> function of k.  answers: name -> what its result comes to, where it reads."""
    _say(ready=name)
    for line in sys.stdin:
        request = json.loads(line)
        work = works[request["work"]]
        if request.get("answer"):
            result = work(1)
            _say(answer=answers[request["work"]](result) if request["work"] in answers else None)
        else:
            _say(ms=_timed(work, request["times"]))
