# pico_sdk_import: stands in for the pico-sdk in tests/export/makers: the same names of CMake, for QEMU's board.
# SPDX-License-Identifier: MIT
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR cortex-m0plus)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_CXX_COMPILER arm-none-eabi-gcc)
set(CMAKE_ASM_COMPILER arm-none-eabi-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(stand_in ${CMAKE_CURRENT_LIST_DIR}/..)

macro(pico_sdk_init)
    add_library(pico_stdlib INTERFACE)
    target_sources(pico_stdlib INTERFACE ${stand_in}/stdlib.c ${stand_in}/../board.c)
    target_include_directories(pico_stdlib INTERFACE ${stand_in})
    target_compile_options(pico_stdlib INTERFACE -mcpu=cortex-m0plus -mthumb -O2 -Wall -Wextra -Wconversion -Werror)
    target_link_options(pico_stdlib INTERFACE -mcpu=cortex-m0plus -mthumb -nostartfiles --specs=nano.specs --specs=rdimon.specs
        -T ${stand_in}/../board.ld -Wl,--gc-sections,--defsym=FLASH_SIZE=2097152,--defsym=RAM_SIZE=264k)
endmacro()

function(pico_enable_stdio_usb target enabled)
endfunction()

function(pico_enable_stdio_uart target enabled)
endfunction()

function(pico_add_extra_outputs target)
    set_target_properties(${target} PROPERTIES SUFFIX .elf)
endfunction()
