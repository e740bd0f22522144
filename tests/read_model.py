#!/usr/bin/env python3
# read_model: reads a model file with NumPy alone, and checks the rules of safetensors on the way.
# SPDX-License-Identifier: MIT
import json, struct, sys
import numpy as np

with open(sys.argv[1], "rb") as file:
    content = file.read()
(length,) = struct.unpack("<Q", content[:8])
header = json.loads(content[8:8 + length])
metadata, data, end = header.pop("__metadata__"), content[8 + length:], 0
assert (8 + length) % 8 == 0, "the tensors begin at a multiple of 8 bytes"
assert all(isinstance(text, str) for text in metadata.values()), "metadata are texts"
for name, tensor in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
    begin, stop = tensor["data_offsets"]
    assert tensor["dtype"] == "F32" and begin == end, f"{name}: float32, without gaps"
    array = np.frombuffer(data[begin:stop], "<f4").reshape(tensor["shape"])
    print(f"{name} {array.shape} {array.min():.4f} to {array.max():.4f}")
    assert np.isfinite(array).all(), f"{name}: finite"
    end = stop
assert end == len(data) > 0, "nothing after the last tensor"
