"""The package's version: that of the library it was written for; scripts keep it equal to include/inkling.h.

SPDX-License-Identifier: MIT
"""
__version__ = "0.1.0"
