# manual: manual pages and completions, written by the program that was built: OUT/man/inkling.1 and one page a command, and
# OUT/bash/inkling, OUT/zsh/_inkling, OUT/fish/inkling.fish.
# SPDX-License-Identifier: MIT
#
# cmake -DPROGRAM=build/inkling -DOUT=folder -P manual.cmake
cmake_minimum_required(VERSION 3.20)

function(write_help file)
    execute_process(COMMAND ${PROGRAM} help ${ARGN} OUTPUT_FILE ${file} RESULT_VARIABLE code)
    if(NOT code EQUAL 0)
        file(REMOVE ${file})
        message(FATAL_ERROR "inkling help ${ARGN} ended with ${code}")
    endif()
endfunction()

file(REMOVE_RECURSE ${OUT})
file(MAKE_DIRECTORY ${OUT}/man ${OUT}/bash ${OUT}/zsh ${OUT}/fish)
write_help(${OUT}/man/inkling.1 --man)
file(STRINGS ${OUT}/man/inkling.1 lines REGEX "^\\.BR inkling.-[a-z]+ \\(1\\),?$")
list(TRANSFORM lines REPLACE "^\\.BR inkling.-([a-z]+) .*" "\\1")
list(REMOVE_DUPLICATES lines)
foreach(command ${lines})
    write_help(${OUT}/man/inkling-${command}.1 --man ${command})
endforeach()
write_help(${OUT}/bash/inkling --completion bash)
write_help(${OUT}/zsh/_inkling --completion zsh)
write_help(${OUT}/fish/inkling.fish --completion fish)
file(TOUCH ${OUT}/done)
