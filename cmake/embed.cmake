# embed: files as constant arrays of C, each with a 0 byte behind it.
# SPDX-License-Identifier: MIT
#
# cmake -DOUT=web.c -DHEADER=out/web.h -DPREFIX=inki_web_ -DFILES=web/a.css;web/b.js -P embed.cmake
# web/a.css becomes inki_web_a_css.
set(text "/* Made by cmake/embed.cmake. */\n#include \"${HEADER}\"\n")
foreach(file ${FILES})
    get_filename_component(name ${file} NAME)
    string(MAKE_C_IDENTIFIER ${name} name)
    file(READ ${file} bytes HEX)
    string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
    string(APPEND text "\nconst char ${PREFIX}${name}[] = {\n${bytes}0};\n")
endforeach()
file(WRITE ${OUT} "${text}")
