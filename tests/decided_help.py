# decided_help: what tests/decided writes files and looks at decisions with.
# SPDX-License-Identifier: MIT
import gzip, io, itertools, json, math, os, pickle, random, re, struct, subprocess, sys, tempfile, zipfile, zlib

program = os.path.abspath(os.path.join(sys.argv[1], "inkling"))
os.chdir(tempfile.mkdtemp())
wrong, count = [], 0
random.seed(16)
ROWS = [(round(2 * (i % 3) + random.uniform(-0.8, 0.8), 2), round(-1.5 * (i % 3) + random.uniform(-0.6, 0.6), 2), i % 3) for i in range(60)]
WORDS = ["ape", "bee", "cat"]


def run(*words):
    ended = subprocess.run([program, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return ended.returncode, ended.stdout.decode(), ended.stderr.decode(errors="replace")


def check(what, good, why=""):
    global count
    count += 1
    if not good:
        wrong.append("%s: %s" % (what, why))


def write(name, content):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    with open(name, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def table(cells, header=None, separator=",", end="\n"):
    return end.join(separator.join(map(str, row)) for row in ([header] if header else []) + list(cells)) + end


def numbers(form=str, label=str):
    return [(form(a), form(b), label(k)) for a, b, k in ROWS]


def png(side, bits, value):
    raw = b"".join(b"\0" + struct.pack(">%d%s" % (side, "H" if bits == 16 else "B"), *[value(y, x) for x in range(side)]) for y in range(side))
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    head = struct.pack(">IIBBBBB", side, side, bits, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def npy(kind, shape, values):
    head = "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }" % (kind, "".join("%d," % d for d in shape))
    head += " " * (-(len(head) + 11) % 64) + "\n"
    code = {"<f4": "f", "<i8": "q", "|u1": "B"}[kind]
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + struct.pack("<%d%s" % (len(values), code), *values)


def archive(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, content in members.items():
            made.writestr(name.replace("__", "."), content)
    return file.getvalue()


def facts(name, *flags):
    code, printed, said = run("data", name, "--json", "-q", *flags)
    return code, json.loads(printed) if code == 0 else None, said


def kinds_of(found):
    """The same as kinds of columns alone; the names of columns that are not features need not be given twice."""
    columns = " ".join("%s=%s" % (one["column"], one["kind"]) for one in found.get("columns", []) if "column" in one)
    return flags_of(found)[-6:] + ["--columns", columns] if found["header"] is not None else None


def flags_of(found):
    """The decisions as flags."""
    flags = ["--task", found["task"] or "auto", "--label-column", found["target"] or "none", "--id-column", found["id_column"] or "none"]
    dropped = [one["column"] for one in found["left_out"]]
    if dropped:
        flags += ["--drop", ",".join(dropped)]
    if found["header"] is not None:
        flags += ["--header", "yes" if found["header"] else "no", "--separator", found["separator"], "--decimal", found["decimal"]]
    return flags


# --------------------------------------------------------------- 1 and 2: kinds

def good(name, content, *flags, says="", **expected):
    """The file is read, and `data --json` has these values; `classes` may be names or their number."""
    write(name, content) if content is not None else None
    code, found, said = facts(name, *flags)
    if code:
        return check(name, False, "refused: " + said)
    for key, value in expected.items():
        is_there = found[key] if not (key == "classes" and isinstance(value, int)) else len(found["classes"])
        check(name, is_there == value, "%s is %r, not %r" % (key, is_there, value))
    check(name, says in run("data", name, *flags)[2], "%r is not said: %s" % (says, said))
    if not isinstance(content, str):
        return
    if found["target"] and "," not in found["target"]:
        texts = set(re.split(r'[,;|\t\n:" ]+', content)) | set(re.split(r"[,;|\t\n]", content.replace("\u00a0", "")))
        check(name, set(found["classes"]) <= texts, "classes %s are not in the file" % found["classes"])
    for given in (flags_of(found), kinds_of(found)):
        if given:
            code, again, said = facts(name, *given)
            check(name, code == 0 and again["fingerprint"] == found["fingerprint"], "its decisions as flags: %s: %s" % (given, said or "other rows"))


def bad(name, content, *words, flags=()):
    """The file is refused with these words, and following a --drop in it leads to no refusal that takes it back."""
    write(name, content) if content is not None else None
    code, _, said = facts(name, *flags)
    check(name, code in (2, 3) and all(word in said for word in words), "exit %d: %s" % (code, said))
    advice = re.search(r"\((--drop) ([^)]+)\)", said)
    if advice and "--label-column" not in said:
        code, _, then = facts(name, *flags, advice[1], advice[2])
        check(name, code == 0 or advice[2] not in then, "%s does not help: %s" % (advice[0], then))


def finish():
    for line in wrong:
        print("WRONG " + line.strip())
    print("%d of %d checks hold" % (count - len(wrong), count))
    sys.exit(1 if wrong else 0)
