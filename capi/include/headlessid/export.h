/** @file export.h
 * The macros in front of the declarations of headlessid.h. */
#ifndef HEADLESSID_EXPORT_H
#define HEADLESSID_EXPORT_H

/** Marks what the shared library exports; everything else in it is hidden. @since 0.1 */
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

/** The compiler warns where the status that a call returns is not looked at. Comes first in a declaration. @since 0.1 */
#if (defined(__cplusplus) && __cplusplus >= 201703L) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
#define HLID_NODISCARD [[nodiscard]]
#elif defined(__GNUC__)
#define HLID_NODISCARD __attribute__((warn_unused_result))
#else
#define HLID_NODISCARD
#endif

/** Marks what a later release will remove; `instead` says what replaces it. Comes first in a declaration. @since 0.1 */
#if (defined(__cplusplus) && __cplusplus >= 201402L) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
#define HLID_DEPRECATED(instead) [[deprecated(instead)]]
#elif defined(__GNUC__)
#define HLID_DEPRECATED(instead) __attribute__((deprecated(instead)))
#else
#define HLID_DEPRECATED(instead)
#endif

#endif
