# armhf: a toolchain for 32-bit ARM. SPDX-License-Identifier: MIT
# cmake -B build/armhf -DCMAKE_TOOLCHAIN_FILE=cmake/armhf.cmake    (scripts/setup armhf)
set(processor armv7l)
set(architecture armhf)
set(triplet arm-linux-gnueabihf)
set(emulator qemu-arm-static)
include(${CMAKE_CURRENT_LIST_DIR}/sysroot.cmake)
