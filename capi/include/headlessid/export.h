/* Marks what the shared library exports; everything else in it is hidden. */
#ifndef HEADLESSID_EXPORT_H
#define HEADLESSID_EXPORT_H

#if defined(HLID_STATIC)
#define HLID_API
#elif defined(_WIN32)
#if defined(HLID_BUILDING)
#define HLID_API __declspec(dllexport)
#else
#define HLID_API __declspec(dllimport)
#endif
#else
#define HLID_API __attribute__((visibility("default")))
#endif

#endif
