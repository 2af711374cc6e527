# Runs SWIG for CMake and for Gradle:
#   cmake -DSOURCE=<repository> -DOUTPUT=<folder of the Java files> -DGLUE=<C++ file> [-DSWIG=swig] -P run_swig.cmake
if(NOT SWIG)
  set(SWIG swig)
endif()
execute_process(
  COMMAND "${SWIG}" -c++ -java -package io.headlessid "-I${SOURCE}/capi/include"
          -outdir "${OUTPUT}" -o "${GLUE}" "${SOURCE}/bindings/java/headlessid.i"
  COMMAND_ERROR_IS_FATAL ANY)

# SWIG writes NativeConstants as a public interface whatever it is told, and copies C's unsigned suffix, which
# Java does not know. Can go when SWIG has a pragma for the modifier of that interface (4.3 has none).
set(constants "${OUTPUT}/NativeConstants.java")
file(READ "${constants}" text)
string(REPLACE "public interface NativeConstants" "interface NativeConstants" text "${text}")
string(REGEX REPLACE "= ([0-9]+)u;" "= \\1;" text "${text}")
file(WRITE "${constants}" "${text}")
