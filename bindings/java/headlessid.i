// The JNI plumbing, made by SWIG from the C header: static methods of the package-private class Native.
//
// The typemaps are all ours. The stock ones for strings go through modified UTF-8 (a NUL becomes two
// bytes, an emoji six), and those for pointers make a proxy class for each struct. Here
//   a handle            is a long
//   a view, in and out  is a byte[]; null is absent
//   hlid_status + err   is a return without a value, or a thrown HeadlessIdException
//   a borrowed error    is a HeadlessIdException (returned, not thrown), or null
//   a borrowed result   is a byte[][] of name, value, name, value, or null
//   an out parameter    is the value returned
%module Native

%pragma(java) moduleclassmodifiers="final class"
%pragma(java) jniclassclassmodifiers="final class"
%{
#include "jni_support.h"
%}

// From stdint.h; SWIG does not read system headers.
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;
%apply int { int32_t, uint32_t };
%apply long long { int64_t, uint64_t, size_t };

// ---- handles
%define HANDLE(TYPE)
%typemap(jni) TYPE *, const TYPE * "jlong"
%typemap(jtype) TYPE *, const TYPE * "long"
%typemap(jstype) TYPE *, const TYPE * "long"
%typemap(javain) TYPE *, const TYPE * "$javainput"
%typemap(javaout) TYPE *, const TYPE * { return $jnicall; }
%typemap(in) TYPE *, const TYPE * { $1 = reinterpret_cast<$1_ltype>(static_cast<intptr_t>($input)); }
%typemap(in, numinputs=0) TYPE **out (TYPE *made = nullptr) { $1 = &made; }
%typemap(argout) TYPE **out { $result = static_cast<jlong>(reinterpret_cast<intptr_t>(made$argnum)); }
%enddef
HANDLE(hlid_app)
HANDLE(hlid_flow)
HANDLE(hlid_client)
HANDLE(hlid_sessions)
HANDLE(hlid_session)

// A text that a call made is a byte[] of its own.
%typemap(in, numinputs=0) hlid_text **out (hlid_text *text = nullptr) { $1 = &text; }
%typemap(argout) hlid_text **out {
  $result = hlid_java::to_java(jenv, hlid_text_get(text$argnum));
  hlid_text_free(text$argnum);
}

// ---- views
%typemap(jni) hlid_view "jbyteArray"
%typemap(jtype) hlid_view "byte[]"
%typemap(jstype) hlid_view "byte[]"
%typemap(javain) hlid_view "$javainput"
%typemap(javaout) hlid_view { return $jnicall; }
%typemap(in) hlid_view (hlid_java::Bytes bytes) {
  if (!bytes.read(jenv, $input)) return $null;
  $1 = bytes.view();
}
%typemap(out) hlid_view { $result = hlid_java::to_java(jenv, $1); }

%typemap(jni) const hlid_java::ByteArrays & "jobjectArray"
%typemap(jtype) const hlid_java::ByteArrays & "byte[][]"
%typemap(jstype) const hlid_java::ByteArrays & "byte[][]"
%typemap(javain) const hlid_java::ByteArrays & "$javainput"
%typemap(in) const hlid_java::ByteArrays & (hlid_java::ByteArrays arrays) {
  if (!arrays.read(jenv, $input)) return $null;
  $1 = &arrays;
}

// ---- status and errors
%typemap(jni) hlid_status "void"
%typemap(jtype) hlid_status "void"
%typemap(jstype) hlid_status "void"
%typemap(javaout) hlid_status { $jnicall; }
%typemap(out) hlid_status "(void)$1;"
%typemap(in, numinputs=0) hlid_error **err (hlid_error *error = nullptr) { $1 = &error; }
%typemap(argout) hlid_error **err {
  if (error$argnum != nullptr) {
    hlid_java::throw_and_free(jenv, error$argnum);
    return $null;
  }
}

// Calls that make something return it; their status becomes an exception.
%define RETURNS(FUNCTION, JNI, JAVA)
%typemap(jni) hlid_status FUNCTION "JNI"
%typemap(jtype) hlid_status FUNCTION "JAVA"
%typemap(jstype) hlid_status FUNCTION "JAVA"
%typemap(javaout) hlid_status FUNCTION { return $jnicall; }
%enddef
RETURNS(hlid_flow_new, jlong, long)
RETURNS(hlid_flow_unseal, jlong, long)
RETURNS(hlid_flow_seal, jbyteArray, byte[])
RETURNS(hlid_java::app_new, jlong, long)
RETURNS(hlid_client_new, jlong, long)
RETURNS(hlid_sessions_new, jlong, long)
RETURNS(hlid_session_new, jlong, long)
RETURNS(hlid_session_flow_new, jlong, long)
RETURNS(hlid_flow_next, jint, int)
RETURNS(hlid_java::client_wait, jint, int)
RETURNS(hlid_org_lint, jbyteArray, byte[])
RETURNS(hlid_org_generate, jbyteArray, byte[])
RETURNS(hlid_org_explain, jbyteArray, byte[])
%typemap(in, numinputs=0) hlid_step *out (hlid_step step = 0) { $1 = &step; }
%typemap(argout) hlid_step *out { $result = static_cast<jint>(step$argnum); }
%typemap(in, numinputs=0) hlid_view *out (hlid_view view = {nullptr, 0}) { $1 = &view; }
%typemap(argout) hlid_view *out { $result = hlid_java::to_java(jenv, view$argnum); }

%typemap(jni) const hlid_error * "jobject"
%typemap(jtype) const hlid_error * "HeadlessIdException"
%typemap(jstype) const hlid_error * "HeadlessIdException"
%typemap(javaout) const hlid_error * { return $jnicall; }
%typemap(out) const hlid_error * { $result = hlid_java::to_exception(jenv, $1); }

%typemap(jni) const hlid_result * "jobjectArray"
%typemap(jtype) const hlid_result * "byte[][]"
%typemap(jstype) const hlid_result * "byte[][]"
%typemap(javaout) const hlid_result * { return $jnicall; }
%typemap(out) const hlid_result * { $result = hlid_java::to_fields(jenv, $1); }

// ---- the few helpers of jni_support.h
%typemap(in, numinputs=0) JNIEnv *env { $1 = jenv; }
%typemap(jni) jlongArray "jlongArray"
%typemap(jtype) jlongArray "long[]"
%typemap(jstype) jlongArray "long[]"
%typemap(javain) jlongArray "$javainput"
%typemap(in) jlongArray { $1 = $input; }
%typemap(jni) jbyteArray "jbyteArray"
%typemap(jtype) jbyteArray "byte[]"
%typemap(jstype) jbyteArray "byte[]"
%typemap(javaout) jbyteArray { return $jnicall; }
%typemap(out) jbyteArray { $result = $1; }

// Replaced by a helper with a struct inside, or read as a whole by one of the typemaps above.
%rename("$ignore", regextarget=1) "^hlid_error_";
%rename("$ignore", regextarget=1) "^hlid_result_";
%rename("$ignore", regextarget=1) "^hlid_settings_";
%rename("$ignore", regextarget=1) "^hlid_memory_store_";
%ignore hlid_view;
%ignore hlid_text;
%ignore hlid_text_get;
%ignore hlid_text_free;
%ignore hlid_str;
%ignore hlid_app_new;
%ignore hlid_flow_cancel;
%ignore hlid_completion;
%ignore hlid_client_take;
%ignore hlid_session_token;
%ignore hlid_client_wait;
%ignore hlid_client_wait_any;
%ignore hlid_client_fd;
%ignore hlid_client_run;
%ignore hlid_client_new_driven;
%ignore hlid_client_turn;
// Of the command alone.
%ignore hlid_org_doctor;

// Compiled into a class, so that the ABI number compared at load is that of the header at build time.
%javaconst(1);
#define HLID_API
#define HLID_NODISCARD
%ignore HLID_VERSION_MAJOR;
%ignore HLID_VERSION_MINOR;
%ignore HLID_VERSION_PATCH;
%ignore HLID_VERSION_STRING;
%ignore HEADLESSID_H;
%ignore HEADLESSID_ORG_H;
%include "headlessid/headlessid.h"
%include "headlessid/org.h"

%ignore hlid_java::ByteArrays;
typedef int jint;
namespace hlid_java {
class ByteArrays;
hlid_status app_new(const ByteArrays &names, const ByteArrays &values, hlid_app **out, hlid_error **err);
hlid_status settings_check(hlid_view profile, hlid_error **err);
hlid_status flow_set_all(hlid_flow *flow, const ByteArrays &names, const ByteArrays &values, hlid_error **err);
int32_t flow_cancel(hlid_flow *flow);
hlid_status client_wait(hlid_client *client, int64_t tag, hlid_step *out, hlid_error **err);
jint client_wait_any(JNIEnv *env, hlid_client *client, jlongArray out);
jbyteArray session_token(JNIEnv *env, const hlid_session *session, int64_t now_ms, int64_t min_ttl_ms);
}
