# s390x: a toolchain for IBM Z, whose numbers lie the other way round in memory. SPDX-License-Identifier: MIT
# cmake -B build/s390x -DCMAKE_TOOLCHAIN_FILE=cmake/s390x.cmake    (scripts/setup s390x)
set(processor s390x)
set(architecture s390x)
set(triplet s390x-linux-gnu)
set(emulator qemu-s390x-static)
include(${CMAKE_CURRENT_LIST_DIR}/sysroot.cmake)
