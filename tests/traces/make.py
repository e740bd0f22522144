#!/usr/bin/python3
# make: ten training steps in float64 by PyTorch (nesterov and the moving average, which PyTorch has not in this form, by NumPy),
# and ten rates of PyTorch's schedulers, as a C header: tests/traces/make.py > tests/traces/traces.h
# SPDX-License-Identifier: MIT
import numpy as np
import torch
import torch.nn.functional as F
from torch.optim import SGD, RMSprop, Adam, AdamW
from torch.optim.lr_scheduler import CosineAnnealingLR, ExponentialLR, OneCycleLR, StepLR

ROWS, FEATURES, CLASSES, BATCH, STEPS = 20, 5, 3, 7, 10
rng = np.random.default_rng(7)
x = np.round(rng.uniform(-2, 2, (ROWS, FEATURES)), 3).astype(np.float32).astype(np.float64)
t = np.arange(ROWS) * 7 % CLASSES
w0 = np.round(rng.uniform(-0.5, 0.5, (CLASSES, FEATURES)), 3).astype(np.float32).astype(np.float64)
b0 = np.round(rng.uniform(-0.5, 0.5, CLASSES), 3).astype(np.float32).astype(np.float64)
class_weights = np.array([0.5, 2.0, 1.25])


def batches():
    first = 0
    for _ in range(STEPS):
        rows = np.arange(first, min(first + BATCH, ROWS))
        first = (rows[-1] + 1) % ROWS
        yield rows


def loss_of(w, b, rows, weights=None):
    losses = F.cross_entropy(torch.tensor(x[rows]) @ w.T + b, torch.tensor(t[rows]), reduction="none")
    if weights is not None:
        losses = losses * torch.tensor(weights[t[rows]])
    return losses.mean()


def torch_trace(optimizer, l2=0.0, clip=None, weights=None, smoothing=0.0):
    w, b = (torch.tensor(v.copy(), requires_grad=True) for v in (w0, b0))
    o = optimizer([{"params": [w], "weight_decay": l2}, {"params": [b], "weight_decay": 0.0}])
    losses = []
    for rows in batches():
        o.zero_grad()
        loss = loss_of(w, b, rows, weights)
        loss.backward()
        if clip:
            torch.nn.utils.clip_grad_norm_([w, b], clip)
        losses.append(loss.item())
        o.step()
    return losses, w.detach().numpy(), b.detach().numpy()


def gradient(w, b, rows):
    wt, bt = (torch.tensor(v, requires_grad=True) for v in (w, b))
    loss = loss_of(wt, bt, rows)
    loss.backward()
    return loss.item(), wt.grad.numpy(), bt.grad.numpy()


# v = m v + (1 - dampening) g(w - m v); w = w - lr v
def nesterov_trace(lr, m, dampening):
    w, b, vw, vb, losses = w0.copy(), b0.copy(), np.zeros_like(w0), np.zeros_like(b0), []
    for rows in batches():
        losses.append(gradient(w, b, rows)[0])
        _, gw, gb = gradient(w - m * vw, b - m * vb, rows)
        vw, vb = m * vw + (1 - dampening) * gw, m * vb + (1 - dampening) * gb
        w, b = w - lr * vw, b - lr * vb
    return losses, w, b


# The average of plain SGD's weights: mean = d mean + (1 - d) w, d = min(decay, (1 + t) / (10 + t)) after t steps
def average_trace(lr, decay):
    w, b, mw, mb, losses = w0.copy(), b0.copy(), w0.copy(), b0.copy(), []
    for step, rows in enumerate(batches(), 1):
        loss, gw, gb = gradient(w, b, rows)
        losses.append(loss)
        w, b = w - lr * gw, b - lr * gb
        d = min(decay, (1 + step) / (10 + step))
        mw, mb = d * mw + (1 - d) * w, d * mb + (1 - d) * b
    return losses, mw, mb


def rates(make, every=1):
    p = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    o = SGD([p], lr=0.1)
    s, out = make(o), []
    for step in range(STEPS):
        out.append(o.param_groups[0]["lr"])
        o.step()
        if (step + 1) % every == 0:
            s.step()
    return out


def numbers(values):
    return "{" + ", ".join("%.17g" % v for v in np.asarray(values).ravel()) + "}"


traces = [
    ("optimizer=sgd; lr=0.3", torch_trace(lambda p: SGD(p, lr=0.3))),
    ("optimizer=sgd; lr=0.3; l2=0.05", torch_trace(lambda p: SGD(p, lr=0.3), 0.05)),
    ("optimizer=sgd; lr=0.3; clip-norm=0.2", torch_trace(lambda p: SGD(p, lr=0.3), 0, 0.2)),
    ("optimizer=momentum; lr=0.1; momentum=0.9", torch_trace(lambda p: SGD(p, lr=0.1, momentum=0.9))),
    ("optimizer=nesterov; lr=0.1; momentum=0.9", nesterov_trace(0.1, 0.9, 0)),
    ("optimizer=nesterov; lr=0.1; momentum=0.9; dampening=0.9", nesterov_trace(0.1, 0.9, 0.9)),
    ("optimizer=rmsprop; lr=0.01", torch_trace(lambda p: RMSprop(p, lr=0.01))),
    ("optimizer=adam; lr=0.02; l2=0.05", torch_trace(lambda p: Adam(p, lr=0.02), 0.05)),
    ("optimizer=adamw; lr=0.02; l2=0.5", torch_trace(lambda p: AdamW(p, lr=0.02), 0.5)),
    ("optimizer=sgd; lr=0.3; class-weight=FILE", torch_trace(lambda p: SGD(p, lr=0.3), weights=class_weights)),
    ("optimizer=sgd; lr=0.3; ema=0.6", average_trace(0.3, 0.6)),
]
schedules = [
    ("schedule=step; decay=0.5; decay-every=2", 2, rates(lambda o: StepLR(o, 2, 0.5), 2)),
    ("schedule=exponential; decay=0.9", 2, rates(lambda o: ExponentialLR(o, 0.9), 2)),
    ("schedule=exponential; decay=0.5; min-lr=0.03", 1, [max(0.03, r) for r in rates(lambda o: ExponentialLR(o, 0.5))]),
    ("schedule=cosine; min-lr=0.01", 1, rates(lambda o: CosineAnnealingLR(o, STEPS, 0.01))),
    ("schedule=one-cycle; min-lr=0.01", 1,
     rates(lambda o: OneCycleLR(o, 0.1, total_steps=STEPS, pct_start=0.3, div_factor=25, final_div_factor=0.4,
                                cycle_momentum=False))),
]
print("/* traces: made by make.py with PyTorch %s and NumPy %s in float64; not edited by hand.\n"
      " * SPDX-License" "-Identifier: MIT */" % (torch.__version__.split("+")[0], np.__version__))
print("/* clang-format off */")
print("enum { ROWS = %d, FEATURES = %d, CLASSES = %d, BATCH = %d, STEPS = %d };" % (ROWS, FEATURES, CLASSES, BATCH, STEPS))
print("static const float trace_x[ROWS * FEATURES] = {%s};" % ", ".join("%.9gf" % v if "." in "%.9g" % v else "%.9g.0f" % v for v in x.ravel()))
print("static const int32_t trace_labels[ROWS] = {%s};" % ", ".join(map(str, t)))
print("static const double trace_w[CLASSES * FEATURES] = %s;" % numbers(w0))
print("static const double trace_b[CLASSES] = %s;" % numbers(b0))
print('#define TRACE_CLASS_WEIGHTS "%s"' % "\\n".join("%d,%g" % (c, v) for c, v in enumerate(class_weights)))
print("static const struct trace { const char *settings; double losses[STEPS], w[CLASSES * FEATURES], b[CLASSES]; } traces[] = {")
for settings, (losses, w, b) in traces:
    print('    {"%s",\n     %s,\n     %s,\n     %s},' % (settings, numbers(losses), numbers(w), numbers(b)))
print("};")
print("static const struct rates { const char *settings; size_t per_epoch; double lr[STEPS]; } rate_traces[] = {")
for settings, per_epoch, lr in schedules:
    print('    {"%s", %d,\n     %s},' % (settings, per_epoch, numbers(lr)))
print("};")
