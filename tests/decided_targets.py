# decided_targets: of tests/decided: rows without a target, labels with gaps, times of day.
# SPDX-License-Identifier: MIT
import json

from decided_help import ROWS, WORDS, bad, check, facts, good, run, table, write


def missing_targets():
    """Rows without a target are left out, as if the file had been without them; predict answers them all the same."""
    rows = [(WORDS[i % 2], a, b, round(3 * a + b, 3), WORDS[k]) for i, (a, b, k) in enumerate(ROWS)]
    for target, place in (("mass", 3), ("kind", 4)):
        names = ["deck", "a", "b", "mass", "kind"]
        write("filled.csv", table(rows, names))
        wanted = facts("filled.csv", "--target", target)[1]
        for gap in ("", "NA", "?", "-" if target == "mass" else "nan"):
            more = list(rows)
            for at in (40, 7, 0):
                more.insert(at, tuple("zebra" if j == 0 else gap if j == place else ("" if at else more[at][j]) for j in range(5)))
            good("gaps.csv", table(more, names), "--target", target, rows=60, fingerprint=wanted["fingerprint"], rows_left_out={"rows": 3, "line": 2, "column": place + 1},
                 says="gaps.csv:2:%d: the target is missing here, and in other rows: 3 rows of 63 left out" % (place + 1))
            check("gaps.csv", "left out     3 rows without a target" in run("data", "gaps.csv", "--target", target)[1], "not printed")
            good("gaps.jsonl", "\n".join(json.dumps({n: None if v in ("", gap) else v for n, v in zip(names, row)}) for row in more).encode(), "--target", target, rows=60, fingerprint=wanted["fingerprint"])
        run("train", "filled.csv", "--target", target, "--epochs", "2", "-q", "-o", "gaps.safetensors")
        check("answers of all rows", run("predict", "gaps.safetensors", "gaps.csv", "-q")[1].count("\n") == 64, "rows are missing")
        check("scores", json.loads(run("eval", "gaps.safetensors", "gaps.csv", "-q", "--json")[1])["rows"] == 60, "other rows")


def missing_labels():
    """So are rows whose label is a gap in a file of its own, whether that goes by ids or by order."""
    deck = ["zebra" if i in (4, 9) else WORDS[i % 2] for i in range(60)]
    for reals in (False, True):
        labels = [round(a - b, 2) if reals else WORDS[k] for a, b, k in ROWS]
        for ids in (False, True):
            order = sorted(range(60), key=lambda i: i * 7 % 60) if ids else range(60)
            def files(gap, kept):
                rows = [(500 + i, *ROWS[i][:2], deck[i]) if ids else (*ROWS[i][:2], deck[i]) for i in range(60) if i in kept]
                write("rows.csv", table(rows, ["id", "a", "b", "deck"][0 if ids else 1:]))
                given = [(500 + i, gap if gap is not None and i in (4, 9) else labels[i]) for i in order if i in kept]
                write("labels.csv", table(given if ids else [one[1:] for one in given], ["id", "label"][0 if ids else 1:]))
                return next((k + 2 for k, one in enumerate(given) if one[1] == gap), 0)
            files(None, set(range(60)) - {4, 9})
            code, wanted, said = facts("rows.csv", "--labels", "labels.csv")
            check("labels without gaps", code == 0, said)
            for gap in ("NA", "?") if not ids else ("", "NA"):
                line = files(gap, set(range(60)))
                good("rows.csv", None, "--labels", "labels.csv", rows=58, fingerprint=wanted["fingerprint"], rows_left_out={"rows": 2, "line": line, "column": 1 + ids},
                     says="labels.csv:%d:%d: the label is missing here, and in other rows: 2 rows of 60 left out" % (line, 1 + ids))
            run("train", "rows.csv", "--labels", "labels.csv", "--epochs", "1", "-q", "-o", "gaps.safetensors")
            check("scores with gaps in the labels", json.loads(run("eval", "gaps.safetensors", "rows.csv", "--labels", "labels.csv", "-q", "--json")[1])["rows"] == 58, "other rows")
            check("answers with gaps in the labels", run("predict", "gaps.safetensors", "rows.csv", "-q")[1].count("\n") == 61, "rows are missing")


def times():
    """Times of day are the hour, with a fraction; what is none is given."""
    same = None
    for form in ("%d:%02d", "%02d:%02d:00", "%d:%02d PM"):
        rows = [(form % (1 + i % 9 if "PM" in form else 13 + i % 9, 15 * (i % 4)) if i != 7 else "", a, k) for i, (a, _, k) in enumerate(ROWS)]
        good("times.csv", table(rows, ["at", "a", "label"]), features=2, left_out=[])
        found = facts("times.csv")[1]
        check(form, found["columns"][0] == dict(found["columns"][0], kind="date", missing=1), str(found["columns"][0]))
        same = same or found["fingerprint"]
        check(form, found["fingerprint"] == same, "other values")
        run("train", "times.csv", "--epochs", "1", "-q", "-o", "times.safetensors")
        code, answers, _ = run("predict", "times.safetensors", "times.csv", "-q")
        check(form, code == 0 and answers.count("\n") == 61, answers)
        write("others.csv", table([("later", a, k) for a, _, k in ROWS], ["at", "a", "label"]))
        code, _, said = run("eval", "times.safetensors", "others.csv", "-q")
        check(form, code == 3 and "'later' is not a date" in said, said)
    rows = [("r%d" % i, "%02d:%02d" % (i * 5 % 24, i * 7 % 60) if i % 9 else "", "%02d/%02d/2021" % (1 + i * 5 % 28, 1 + i % 12), WORDS[i * 7 % 3], a, k) for i, (a, _, k) in enumerate(ROWS)]
    names, order = ["id", "at", "day", "deck", "a", "label"], [5, 3, 1, 4, 2, 0]
    write("ways.csv", table(rows, names))
    run("train", "ways.csv", "--hidden", "4", "--epochs", "3", "-q", "-o", "ways.safetensors")
    write("ways.jsonl", "".join(json.dumps({names[i]: row[i] for i in order}) + "\n" for row in rows))
    types = {"id": "string", "at": 'date "HH:mm"', "day": "date dd/MM/yyyy", "deck": "{cat, bee, ape}", "a": "numeric", "label": "{2, 1, 0}"}
    head = "@relation r\n" + "".join("@attribute %s %s\n" % (names[i], types[names[i]]) for i in order) + "@data\n"
    write("ways.arff", head + table([[row[i] if row[i] != "" else "?" for i in order] for row in rows]))
    wanted = run("predict", "ways.safetensors", "ways.csv", "-q", "--proba")
    check("answers to times", wanted[0] == 0 and wanted[1].count("\n") == 61 and wanted[1].startswith("id,"), wanted[1][:80] + wanted[2])
    for other in ("ways.jsonl", "ways.arff"):
        got = run("predict", "ways.safetensors", other, "-q", "--proba")
        check("the same answers to " + other, got[1] == wanted[1], got[2] or got[1][:200])
    good("ways.arff", None, features=7, id_column="id", target="label")
    good("blanks.txt", table([("%02d:%02d" % (i % 24, i % 60), a, k) for i, (a, _, k) in enumerate(ROWS)], ["at", "a", "label"], " "), features=2, separator="space")
    good("lengths.csv", table([("%d:%02d" % (30 + i, i % 60), a, k) for i, (a, _, k) in enumerate(ROWS)], ["took", "a", "label"]), features=1, left_out=[{"column": "took", "why": "dates or times of no form that all can be read in"}], says=":1: from this cell on the dates or times")


def empty_names():
    """A column without a value is empty, whatever it is called."""
    rows = [(842302 + 97 * i, "MB"[i % 2], a, b, "") for i, (a, b, _) in enumerate(ROWS)]
    good("empty.csv", table(rows, ["id", "diagnosis", "radius", "texture", "Unnamed: 32"]), target="diagnosis", id_column="id", features=2,
         left_out=[{"column": "id", "why": "an id"}, {"column": "Unnamed: 32", "why": "it is empty"}])


def broken_cells():
    """One cell that is none of what its column holds is named with its place, in tables of any size, also where nothing else is there."""
    ways = {"times": (lambda i: "%02d:%02d" % (i * 7 % 24, i * 13 % 60), "25:61"), "dates": (lambda i: "2021-%02d-%02d" % (1 + i % 12, 1 + i % 28), "2021-13-45"),
            "both": (lambda i: "2021-03-%02d %02d:%02d" % (1 + i % 28, i % 24, i % 60), "2021-03-05 25:61"), "days": (lambda i: "%02d/%02d/2021" % (13 + i % 15, 1 + i % 12), "later"),
            "numbers": (lambda i: "%.2f" % (i * 0.37), "oops")}
    for name, (form, odd) in ways.items():
        for rows in (12, 60, 1500):
            cells = [form(i) if i != rows // 2 else odd for i in range(rows)]
            for header, line in ((["id", "when", "y"], [(i + 1, cell, i % 2) for i, cell in enumerate(cells)]), (["when", "y"], [(cell, i % 2) for i, cell in enumerate(cells)]), (["when"], [(cell,) for cell in cells])):
                if name != "numbers" or len(header) > 1 or rows > 20:
                    bad("cell.csv", table(line, header), "cell.csv:%d:%d: '%s' is not a " % (rows // 2 + 2, 1 + (len(header) == 3), odd))
    mixed = table([(i + 1, ways["times" if i % 2 else "dates"][0](i), i % 2) for i in range(60)], ["id", "when", "y"])
    bad("cell.csv", mixed, "cell.csv:3:2: from this cell on", "no column is left for the features, label column \"y\"")
    check("mixed dates as words", facts("cell.csv", "--columns", "when=category")[1]["features"] == 1, "not read")
    bad("cell.csv", table([(i + 1, i % 2) for i in range(60)], ["id", "y"]), "no column is left for the features, label column \"y\"")
    good("cell.csv", table([(["yes", "no"][i % 2] if i != 30 else "maybe", i, i % 3) for i in range(60)], ["when", "a", "y"]), says="column when: beside yes and no it has other words in 1 of 60 values, as 'maybe'")


def gaps_by_number():
    """-999 and the like, which stand far from all others and come again, are named, and are gaps where the flag says so, in all that the model is given."""
    for nines in ("-999", "9999", "-99.0", "-9999.00"):
        for name, place in (("a", 0), ("price", 2)):
            rows = [[a, i % 7, round(3 * a + i % 5, 3)] for i, (a, _, _) in enumerate(ROWS)]
            wanted = [["" if i % 9 == 4 and k == place else cell for k, cell in enumerate(row)] for i, row in enumerate(rows)]
            given = [[nines if cell == "" else cell for cell in row] for row in wanted]
            number = "%g" % float(nines)
            good("nines.csv", table(given, ["a", "b", "price"]), "--target", "price", rows=60, says="column %s: %s in 7 of 60 rows, far from all others" % (name, number))
            write("wanted.csv", table(wanted, ["a", "b", "price"]))
            write("nines.jsonl", "".join(json.dumps({"a": float(a), "b": b, "price": float(y)}) + "\n" for a, b, y in given))
            found, same = facts("nines.csv", "--target", "price", "--missing", number)[1], facts("wanted.csv", "--target", "price")[1]
            check("%s in %s as gaps" % (nines, name), found["fingerprint"] == same["fingerprint"], "other rows")
            check("%s in %s of JSON" % (nines, name), facts("nines.jsonl", "--target", "price", "--missing", "none," + number)[1]["fingerprint"] == same["fingerprint"], "other rows")
    run("train", "nines.csv", "--target", "price", "--missing", "-9999", "--epochs", "1", "-q", "-o", "nines.safetensors")
    check("gaps that the model knows", run("predict", "nines.safetensors", "nines.csv", "-q")[1] == run("predict", "nines.safetensors", "wanted.csv", "-q")[1], "other answers")
    words = table([(a if i % 8 != 2 else "missing", i % 5, i % 2) for i, (a, _, _) in enumerate(ROWS)], ["a", "b", "label"])
    good("words.csv", words, says="column a: 8 of 60 values are no numbers, so that it is not read as such")
    check("words as gaps", facts("words.csv", "--missing", "missing")[1]["columns"][0]["missing"] == 8, "other gaps")
    for values in ([i % 100 for i in range(60)], [-999 if i < 2 else i % 7 for i in range(60)], [999 if i % 9 == 4 else 20 * i for i in range(60)]):
        write("none.csv", table([(value, i % 5, i % 2) for i, value in enumerate(values)], ["a", "b", "label"]))
        check("no gaps", "far from all others" not in run("data", "none.csv")[2], "a warning")
