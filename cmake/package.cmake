# package: what a Debian package has beside what cmake --install brings: run by cpack on the folder that becomes the package.
# SPDX-License-Identifier: MIT
cmake_minimum_required(VERSION 3.20)

set(share ${CPACK_TEMPORARY_DIRECTORY}${CPACK_PACKAGING_INSTALL_PREFIX}/share)

function(pack file)
    execute_process(COMMAND gzip -9n ${file} RESULT_VARIABLE code)
    if(NOT code EQUAL 0)
        message(FATAL_ERROR "gzip ${file} ended with ${code}")
    endif()
endfunction()

file(GLOB pages ${share}/man/man1/*.1)
foreach(page ${pages})
    pack(${page})
endforeach()

# Debian's zsh looks there.
if(EXISTS ${share}/zsh/site-functions)
    file(RENAME ${share}/zsh/site-functions ${share}/zsh/vendor-completions)
endif()

set(doc ${share}/doc/inkling)
file(MAKE_DIRECTORY ${doc})
file(READ ${CPACK_RESOURCE_FILE_LICENSE} license)
string(REGEX REPLACE "\n" "\n " license "${license}")
string(REGEX REPLACE "\n \n" "\n .\n" license "${license}")
string(REGEX REPLACE "\n \n" "\n .\n" license "${license}")
string(STRIP "${license}" license)
file(WRITE ${doc}/copyright "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: inkling\n\n"
    "Files: *\nCopyright: the Inkling authors\nLicense: Expat\n ${license}\n")
