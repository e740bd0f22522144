# picklers: pickles as other Pythons and NumPys write them, made by this one.
# SPDX-License-Identifier: MIT
"""python2(value, protocol)   bytes of a pickle whose texts and array bytes are Python 2's byte strings (protocols 0 to 2)
numpy2(value, protocol)    bytes of a pickle that names numpy._core, as NumPy 2 does"""
import io, pickle, sys

import numpy


class Python2(pickle._Pickler):
    dispatch = dict(pickle._Pickler.dispatch)

    def save_string(self, text):
        data = text.encode("latin-1") if isinstance(text, str) else text
        if not self.bin:
            self.write(b"S" + repr(data)[1:].encode() + b"\n")
        elif len(data) < 256:
            self.write(b"U" + bytes([len(data)]) + data)
        else:
            self.write(b"T" + len(data).to_bytes(4, "little") + data)
        self.memoize(text)

    dispatch[str] = dispatch[bytes] = save_string


class NumPy2(pickle._Pickler):
    def save_global(self, value, name=None):
        old = pickle.whichmodule
        pickle.whichmodule = lambda *what: old(*what).replace("numpy.core", "numpy._core")
        try:
            super().save_global(value, name)
        finally:
            pickle.whichmodule = old

    dispatch = dict(pickle._Pickler.dispatch)
    dispatch[type(numpy.array)] = dispatch[type(save_global)] = dispatch[type] = save_global


def dumps(pickler, value, protocol):
    for name in ("multiarray", "numeric"):
        sys.modules.setdefault("numpy._core." + name, sys.modules["numpy.core." + name])
    sys.modules.setdefault("numpy._core", numpy.core)
    out = io.BytesIO()
    pickler(out, protocol).dump(value)
    return out.getvalue()


def python2(value, protocol):
    return dumps(Python2, value, protocol)


def numpy2(value, protocol):
    return dumps(NumPy2, value, protocol)
