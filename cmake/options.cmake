# What every target of ours is compiled with. `hlid_core_options` is for core/ and capi/ (no exceptions,
# no RTTI); `hlid_host_options` for the programs around them (simulator, CLI, tests, bindings).
# On in the developers' presets. A user's compiler may know warnings that ours do not.
option(HLID_WERROR "Warnings are errors" OFF)
add_library(hlid_warnings INTERFACE)
target_compile_options(hlid_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion $<$<BOOL:${HLID_WERROR}>:-Werror>)

# gcc 12 sees overlaps at -O3 in std::string that are not there (GCC bug 105651, mended in 13).
target_compile_options(hlid_warnings INTERFACE
  $<$<AND:$<COMPILE_LANG_AND_ID:CXX,GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)

add_library(hlid_core_options INTERFACE)
target_link_libraries(hlid_core_options INTERFACE hlid_warnings)
target_compile_options(hlid_core_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions;-fno-rtti>
  -fvisibility=hidden -fvisibility-inlines-hidden -ffunction-sections -fdata-sections
  # As fast as CMake's -O3 here, and an eighth smaller: most of it is code that runs once in a sign-in.
  $<$<CONFIG:Release>:-O2>)
# Something thrown by the standard library must stop the process, not travel through frames that were
# compiled without clean-up. Without unwind tables the unwinder finds no way on and calls terminate.
if(NOT HLID_SANITIZE)
  target_compile_options(hlid_core_options INTERFACE -fno-asynchronous-unwind-tables -fno-unwind-tables)
endif()

add_library(hlid_host_options INTERFACE)
target_link_libraries(hlid_host_options INTERFACE hlid_warnings)

# What runs once in a while is as small as it gets. Zig, which compiles the packages, takes -Oz for -Os; its clang can be told.
set(HLID_SMALL -Os)
if(HLID_BUNDLED)
  set(HLID_SMALL -Os -Xclang -Oz)
endif()
set(HLID_SMALL "$<$<NOT:$<CONFIG:Debug>>:${HLID_SMALL}>")

# The command and the simulated org in it, which wait for people and networks: CMake's -O3 only makes them larger.
add_library(hlid_command_options INTERFACE)
target_link_libraries(hlid_command_options INTERFACE hlid_host_options)
target_compile_options(hlid_command_options INTERFACE "$<$<CONFIG:Release>:${HLID_SMALL}>")

if(HLID_SANITIZE)
  add_compile_options(-fsanitize=${HLID_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${HLID_SANITIZE})
  # The core has no type information, so that a check of dynamic types cannot know an object that it made.
  if(HLID_SANITIZE MATCHES undefined)
    add_compile_options(-fno-sanitize=vptr)
  endif()
endif()
add_compile_options(-fstack-protector-strong)
add_compile_definitions($<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
if(HLID_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# The tables of flows, settings and diagnoses are full of texts, and each is a relocation of 24 bytes, a seventh of the
# library. Packed (DT_RELR) they are a bit each, which glibc reads from 2.36 on. Android has a format of its own since API 23.
include(CheckCXXSourceCompiles)
include(CheckLinkerFlag)
check_linker_flag(CXX -Wl,-z,pack-relative-relocs HLID_LINKER_PACKS_RELOCATIONS)
check_cxx_source_compiles("#include <features.h>
  #if !defined(__GLIBC__) || !__GLIBC_PREREQ(2, 36)
  #error \"its loader does not know them\"
  #endif
  int main() { return 0; }" HLID_LOADER_UNPACKS_RELOCATIONS)
if(HLID_LINKER_PACKS_RELOCATIONS AND HLID_LOADER_UNPACKS_RELOCATIONS)
  set(HLID_PACKED_RELOCATIONS -Wl,-z,pack-relative-relocs)
elseif(ANDROID)
  set(HLID_PACKED_RELOCATIONS -Wl,--pack-dyn-relocs=android)
endif()
