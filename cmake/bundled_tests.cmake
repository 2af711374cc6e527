# bundled_tests.cmake: what the tests of a package's own client need: GoogleTest, compiled with the package's compiler and its
# C++ library. Distributions have its sources for that (apt: googletest, which libgtest-dev brings).
find_path(HLID_GOOGLETEST CMakeLists.txt PATHS /usr/src/googletest NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
if(NOT HLID_GOOGLETEST)
  hlid_missing(WHAT "GoogleTest's sources" FOR "the tests" WITHOUT "-DHLID_TESTS=OFF" APT googletest)
else()
  add_subdirectory(${HLID_GOOGLETEST} ${PROJECT_BINARY_DIR}/googletest EXCLUDE_FROM_ALL)
endif()
set(NGHTTP2_INCLUDE_DIR "${HLID_BUNDLED}/include")
set(NGHTTP2_LIBRARY hlid_nghttp2)
