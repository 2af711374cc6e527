# SWIG writes NativeConstants as a public interface whatever it is told, and copies C's unsigned suffix,
# which Java does not know. Run as: cmake -DFILE=... -P adapt_constants.cmake
# Can go when SWIG has a pragma for the modifier of that interface (4.3 has none).
file(READ "${FILE}" text)
string(REPLACE "public interface NativeConstants" "interface NativeConstants" text "${text}")
string(REGEX REPLACE "= ([0-9]+)u;" "= \\1;" text "${text}")
file(WRITE "${FILE}" "${text}")
