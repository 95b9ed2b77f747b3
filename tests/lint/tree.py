"""What the lints share: which files belong to the tree, and how findings are reported.

A lint is a program `tests/lint/<name> [TREE]`. It prints one finding a line ("file:line: what is wrong, what would be right")
and exits 1 when there are any, 0 when there are none, 2 when it could not look. Only tracked files are judged, as they lie on the disk.
"""
import os
import subprocess
import sys


def root():
    """The tree to look at: the first argument, else the one this file stands in."""
    if len(sys.argv) > 1:
        return os.path.abspath(sys.argv[1])
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def tracked(top):
    """Paths of the tracked files that exist, relative to the top, sorted."""
    out = subprocess.run(["git", "-C", top, "ls-files", "-z"], check=True, stdout=subprocess.PIPE).stdout
    names = sorted(set(n for n in out.decode("utf-8", "surrogateescape").split("\0") if n))
    return [n for n in names if os.path.isfile(os.path.join(top, n))]


def read(top, name):
    with open(os.path.join(top, name), encoding="utf-8", errors="replace") as f:
        return f.read()


def finish(findings):
    for f in findings:
        print(f)
    sys.exit(1 if findings else 0)


def cannot(why):
    print(why, file=sys.stderr)
    sys.exit(2)
