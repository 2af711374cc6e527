// Support for the generated JNI glue: copies in and out, and the one way from an hlid_error to Java.
//
// Rules that hold for all of it: no JNI call is made with an exception pending; every local reference
// made in a loop is deleted in that loop; nothing native outlives the call but handles.
#ifndef HEADLESSID_BINDINGS_JAVA_JNI_SUPPORT_H
#define HEADLESSID_BINDINGS_JAVA_JNI_SUPPORT_H

#include <jni.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "headlessid/headlessid.h"
#include "headlessid/org.h"

namespace hlid_java {

// The bytes of a Java array for the length of one call, wiped afterwards: any of them may be a secret.
// They are copied rather than pinned, because a call may be slow (a key check, a lock) and a pinned array
// stops the collector for the whole process.
class Bytes {
 public:
  Bytes() = default;
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  ~Bytes();

  // False with an exception pending. A Java null gives an absent view, an empty array an empty one.
  bool read(JNIEnv* env, jbyteArray array);
  hlid_view view() const { return hlid_view{data_, size_}; }

 private:
  char* data_ = nullptr;
  size_t size_ = 0;
  char small_[240];
};

// A Java byte[][] in the same manner; an element may be null.
class ByteArrays {
 public:
  bool read(JNIEnv* env, jobjectArray arrays);
  size_t count() const { return count_; }
  hlid_view view(size_t index) const { return items_[index].view(); }

 private:
  std::unique_ptr<Bytes[]> items_;
  size_t count_ = 0;
};

// A new byte[] with these bytes; null for an absent view, or with an exception pending.
jbyteArray to_java(JNIEnv* env, hlid_view view);

// A HeadlessIdException with everything from the error; null for NULL. The error stays the caller's.
jobject to_exception(JNIEnv* env, const hlid_error* error);

// Throws it and frees the error.
void throw_and_free(JNIEnv* env, hlid_error* error);

// name, value, name, value, ... of every field of a result; null for NULL.
jobjectArray to_fields(JNIEnv* env, const hlid_result* result);

// The rest are the few calls that need a struct in C. Those that can fail follow the header: a status, an error, an out
// parameter left alone on failure.

// Settings in the order of the names; an absent name means that the value is a profile.
hlid_status app_new(const ByteArrays& names, const ByteArrays& values, hlid_app** out, hlid_error** err);
// Whether the settings of a profile are well-formed.
hlid_status settings_check(hlid_view profile, hlid_error** err);
hlid_status flow_set_all(hlid_flow* flow, const ByteArrays& names, const ByteArrays& values, hlid_error** err);
// 1 if the flow ends as cancelled, 0 if it had ended.
int32_t flow_cancel(hlid_flow* flow);

// Waits for the end of the flow with this tag, which was started as one that a call waits for.
hlid_status client_wait(hlid_client* client, int64_t tag, hlid_step* out, hlid_error** err);

// Waits for completions, and writes {tag, step} of as many as fit: the Java side knows the flow by its tag. Their number; 0: the
// client is closed, and none is left.
jint client_wait_any(JNIEnv* env, hlid_client* client, jlongArray out);

// The access token that this process has; null: a flow must look.
jbyteArray session_token(JNIEnv* env, const hlid_session* session, int64_t now_ms, int64_t min_ttl_ms);

}  // namespace hlid_java

#endif
