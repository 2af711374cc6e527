# The static library of a package: everything is inside but the C library.
include(CMakeFindDependencyMacro)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_dependency(Threads)
if(NOT TARGET headlessid::headlessid_static)
  get_filename_component(hlid_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
  add_library(headlessid::headlessid_static STATIC IMPORTED)
  set_target_properties(headlessid::headlessid_static PROPERTIES
    IMPORTED_LOCATION "${hlid_prefix}/lib/libheadlessid.a"
    INTERFACE_INCLUDE_DIRECTORIES "${hlid_prefix}/include"
    INTERFACE_COMPILE_DEFINITIONS HLID_STATIC
    INTERFACE_LINK_LIBRARIES "Threads::Threads;dl;m")
  unset(hlid_prefix)
endif()
