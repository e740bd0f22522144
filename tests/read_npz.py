#!/usr/bin/env python3
# read_npz: reads the archive of test_npz_write by the published formats alone, without NumPy.
# SPDX-License-Identifier: MIT
import ast, struct, sys, zipfile

arrays = {}
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    for name in archive.namelist():
        content = archive.read(name)
        assert content[:8] == b"\x93NUMPY\1\0"
        length, = struct.unpack("<H", content[8:10])
        assert (10 + length) % 64 == 0 and content[9 + length] == 10
        head = ast.literal_eval(content[10:10 + length].decode())
        arrays[name] = head["descr"], head["fortran_order"], head["shape"], content[10 + length:]

words = ["cat", "", "hår", "😀!", "\ufffd"]
expected = {
    "x.npy": ("|u1", (2, 3, 4), bytes([0, 1, 2, 255]) + bytes(20)),
    "y.npy": ("<i8", (2,), struct.pack("<2q", -5, 1 << 40)),
    "one.npy": ("<f8", (), struct.pack("<d", 1.25)),
    "none.npy": ("<f4", (0, 4), b""),
    "words.npy": ("<U3", (5,), b"".join(word.ljust(3, "\0").encode("utf-32-le") for word in words)),
    "W1.npy": ("<f4", (3, 2), struct.pack("<6f", 0, 0.5, -1, 3e38, 1e-40, 7)),
}
assert list(arrays) == list(expected), list(arrays)
for name, (kind, shape, values) in expected.items():
    assert arrays[name] == (kind, False, shape, values), (name, arrays[name])
