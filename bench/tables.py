# tables: what the programs in bench/ share: the machine in a line, the program that times epochs, tables put into documents.
# SPDX-License-Identifier: MIT
import json, os, re, subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


class Absent(Exception):
    """Something that a measurement needs is not installed."""


def build(source, program, flags, libraries):
    command = ["cc", "-std=gnu17", "-O3", "-march=native", *flags, os.path.join(HERE, source), "-o", program, *libraries, "-lm"]
    said = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if said.returncode:
        raise Absent(said.stderr.strip().splitlines()[0] if said.stderr else "cc failed")
    return program


def build_epochs(inkling, program):
    """bench/epochs.c with the shared library beside the program inkling."""
    library = os.path.dirname(os.path.abspath(inkling))
    return build("epochs.c", program, ["-I" + os.path.join(HERE, "..", "include")], ["-L" + library, "-Wl,-rpath," + library, "-l:libinkling.so"])


def read_epochs(said):
    """What the C programs print: the seconds of each epoch, then the loss of the last."""
    lines = said.splitlines()
    return [float(word) for word in lines[0].split()], float(lines[1].split()[0])


def measure(inkling, only, seconds=None):
    """The measurements of inkling bench with `only` in their names, {name: value}, and what else it says."""
    command = [inkling, "bench", "--only", only, "--json", "--quiet"] + (["--seconds", str(seconds)] if seconds else [])
    said = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return {m["name"]: m["value"] for m in said["measurements"]}, said


def machine(inkling):
    """The machine in a line, and its FMA peaks (one thread, all threads)."""
    load = os.getloadavg()[0]
    peaks, said = measure(inkling, "peak")
    line = "%s, %d cores, kernels %s, FMA peak %.0f GFLOP/s with one thread, %.0f with %d; load %.1f when it began" % (
        said["processor"], os.cpu_count(), said["kernels"], peaks["peak-1"], peaks["peak-all"], said["threads"], load)
    return line, peaks["peak-1"], peaks["peak-all"]


def put(path, name, text):
    """Replaces what stands between the comments `begin NAME` and `end NAME` of a Markdown file."""
    with open(path, encoding="utf-8") as file:
        old = file.read()
    begin, end = "<!-- begin %s -->\n" % name, "<!-- end %s -->" % name
    if old.count(begin) != 1 or old.count(end) != 1:
        raise SystemExit("%s has no place for %s: %s … %s" % (path, name, begin.strip(), end))
    with open(path, "w", encoding="utf-8") as file:
        file.write(re.sub(re.escape(begin) + ".*?" + re.escape(end), lambda _: begin + text.rstrip("\n") + "\n" + end, old, flags=re.S))
