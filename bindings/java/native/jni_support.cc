#include "jni_support.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace hlid_java {
namespace {

// Looked up once: FindClass in a later call would use the class loader of that caller. The
// exception's class is held weakly: a strong reference from here would keep its class loader, and the library is
// unloaded only after that is collected. A method of the class is never called after that.
jweak exception_class = nullptr;
jclass bytes_class = nullptr;
jmethodID exception_of = nullptr;

constexpr size_t kMaxCompletions = 64;
// An opaque access token, and nearly every JWT.
constexpr size_t kUsualToken = 2048;

// A plain memset before free is one that a compiler may leave out.
void wipe(char* data, size_t size) {
  volatile char* bytes = data;
  for (size_t i = 0; i < size; ++i) bytes[i] = 0;
}

void throw_named(JNIEnv* env, const char* name, const char* message) {
  jclass type = env->FindClass(name);
  if (type != nullptr) {
    env->ThrowNew(type, message);
    env->DeleteLocalRef(type);
  }
}

void throw_out_of_memory(JNIEnv* env) { throw_named(env, "java/lang/OutOfMemoryError", "no native memory to copy an array"); }

}  // namespace

Bytes::~Bytes() {
  if (data_ == nullptr) return;
  wipe(data_, size_);
  if (data_ != small_) std::free(data_);
}

bool Bytes::read(JNIEnv* env, jbyteArray array) {
  if (array == nullptr) return true;
  jsize length = env->GetArrayLength(array);
  size_t size = static_cast<size_t>(length);
  char* target = small_;
  if (size > sizeof small_) target = static_cast<char*>(std::malloc(size));
  if (target == nullptr) {
    throw_out_of_memory(env);
    return false;
  }
  data_ = target;
  size_ = size;
  env->GetByteArrayRegion(array, 0, length, reinterpret_cast<jbyte*>(target));
  return true;
}

bool ByteArrays::read(JNIEnv* env, jobjectArray arrays) {
  if (arrays == nullptr) return true;
  size_t count = static_cast<size_t>(env->GetArrayLength(arrays));
  items_.reset(new (std::nothrow) Bytes[count]);
  if (!items_) {
    throw_out_of_memory(env);
    return false;
  }
  count_ = count;
  for (size_t i = 0; i < count; ++i) {
    jobject item = env->GetObjectArrayElement(arrays, static_cast<jsize>(i));
    bool good = items_[i].read(env, static_cast<jbyteArray>(item));
    env->DeleteLocalRef(item);
    if (!good) return false;
  }
  return true;
}

jbyteArray to_java(JNIEnv* env, hlid_view view) {
  if (view.data == nullptr) return nullptr;
  jsize size = static_cast<jsize>(view.size);
  jbyteArray array = env->NewByteArray(size);
  if (array != nullptr) env->SetByteArrayRegion(array, 0, size, reinterpret_cast<const jbyte*>(view.data));
  return array;
}

jobject to_exception(JNIEnv* env, const hlid_error* error) {
  if (error == nullptr) return nullptr;
  const hlid_view texts[] = {
      hlid_error_kind_name(error), hlid_error_advice_name(error), hlid_error_reason(error),      hlid_error_message(error),
      hlid_error_hint(error),      hlid_error_field(error),       hlid_error_server_code(error), hlid_error_server_text(error),
  };
  constexpr jsize count = sizeof texts / sizeof texts[0];
  jobjectArray array = env->NewObjectArray(count, bytes_class, nullptr);
  if (array == nullptr) return nullptr;
  for (jsize i = 0; i < count; ++i) {
    jbyteArray text = to_java(env, texts[i]);
    if (env->ExceptionCheck()) return nullptr;
    env->SetObjectArrayElement(array, i, text);
    env->DeleteLocalRef(text);
  }
  jboolean unknown = hlid_error_outcome_unknown(error) != 0 ? JNI_TRUE : JNI_FALSE;
  jclass type = static_cast<jclass>(env->NewLocalRef(exception_class));
  jobject made = env->CallStaticObjectMethod(type, exception_of, array, static_cast<jint>(hlid_error_http_status(error)), unknown,
                                             static_cast<jlong>(hlid_error_retry_after_ms(error)));
  env->DeleteLocalRef(type);
  env->DeleteLocalRef(array);
  return env->ExceptionCheck() ? nullptr : made;
}

void throw_and_free(JNIEnv* env, hlid_error* error) {
  jobject made = to_exception(env, error);
  hlid_error_free(error);
  // If it could not be made, another exception is pending (no memory), which is thrown instead.
  if (made == nullptr) return;
  env->Throw(static_cast<jthrowable>(made));
  env->DeleteLocalRef(made);
}

jobjectArray to_fields(JNIEnv* env, const hlid_result* result) {
  if (result == nullptr) return nullptr;
  size_t count = hlid_result_count(result);
  jobjectArray fields = env->NewObjectArray(static_cast<jsize>(2 * count), bytes_class, nullptr);
  if (fields == nullptr) return nullptr;
  for (size_t i = 0; i < 2 * count; ++i) {
    hlid_view view = i % 2 == 0 ? hlid_result_name(result, i / 2) : hlid_result_value(result, i / 2);
    jbyteArray item = to_java(env, view);
    if (env->ExceptionCheck()) return nullptr;
    env->SetObjectArrayElement(fields, static_cast<jsize>(i), item);
    env->DeleteLocalRef(item);
  }
  return fields;
}

hlid_status app_new(const ByteArrays& names, const ByteArrays& values, hlid_app** out, hlid_error** err) {
  hlid_settings* settings = hlid_settings_new();
  hlid_status status = HLID_OK;
  for (size_t i = 0; i < names.count() && status == HLID_OK; ++i) {
    const hlid_view name = names.view(i);
    status = name.data == nullptr ? hlid_settings_set_json(settings, values.view(i), err)
                                  : hlid_settings_set(settings, name, values.view(i), err);
  }
  if (status == HLID_OK) status = hlid_app_new(settings, out, err);
  hlid_settings_free(settings);
  return status;
}

hlid_status settings_check(hlid_view profile, hlid_error** err) {
  hlid_settings* settings = hlid_settings_new();
  const hlid_status status = hlid_settings_set_json(settings, profile, err);
  hlid_settings_free(settings);
  return status;
}

hlid_status flow_set_all(hlid_flow* flow, const ByteArrays& names, const ByteArrays& values, hlid_error** err) {
  for (size_t i = 0; i < names.count(); ++i) {
    hlid_status status = hlid_flow_set(flow, names.view(i), values.view(i), err);
    if (status != HLID_OK) return status;
  }
  return HLID_OK;
}

int32_t flow_cancel(hlid_flow* flow) { return hlid_flow_cancel(flow, nullptr) == HLID_OK ? 1 : 0; }

hlid_status client_wait(hlid_client* client, int64_t tag, hlid_step* out, hlid_error** err) {
  hlid_completion ended = {};
  const hlid_status status = hlid_client_wait(client, static_cast<uint64_t>(tag), -1, &ended, err);
  *out = ended.step;
  return status;
}

jint client_wait_any(JNIEnv* env, hlid_client* client, jlongArray out) {
  hlid_completion taken[kMaxCompletions];
  const size_t room = std::min(static_cast<size_t>(env->GetArrayLength(out)) / 2, kMaxCompletions);
  const size_t count = hlid_client_wait_any(client, -1, taken, room);
  jlong numbers[2 * kMaxCompletions];
  for (size_t i = 0; i < count; ++i) {
    numbers[2 * i] = static_cast<jlong>(taken[i].tag);
    numbers[2 * i + 1] = static_cast<jlong>(taken[i].step);
  }
  env->SetLongArrayRegion(out, 0, static_cast<jsize>(2 * count), numbers);
  return static_cast<jint>(count);
}

jbyteArray session_token(JNIEnv* env, const hlid_session* session, int64_t now_ms, int64_t min_ttl_ms) {
  char small[kUsualToken];
  size_t capacity = sizeof small;
  char* token = small;
  std::unique_ptr<char[]> large;
  size_t size = hlid_session_token(session, now_ms, min_ttl_ms, token, capacity);
  // Another token may have come meanwhile, and be larger still.
  while (size > capacity) {
    if (large) wipe(large.get(), capacity);
    capacity = size;
    large = std::unique_ptr<char[]>(new (std::nothrow) char[capacity]);
    if (!large) {
      throw_out_of_memory(env);
      return nullptr;
    }
    token = large.get();
    size = hlid_session_token(session, now_ms, min_ttl_ms, token, capacity);
  }
  if (size == 0) return nullptr;
  jbyteArray array = to_java(env, hlid_view{token, size});
  wipe(token, size);
  return array;
}

bool load(JNIEnv* env) {
  jclass exception = env->FindClass("io/headlessid/HeadlessIdException");
  if (exception == nullptr) return false;
  exception_of = env->GetStaticMethodID(exception, "of", "([[BIZJ)Lio/headlessid/HeadlessIdException;");
  if (exception_of == nullptr) return false;
  jclass bytes = env->FindClass("[B");
  if (bytes == nullptr) return false;
  exception_class = env->NewWeakGlobalRef(exception);
  bytes_class = static_cast<jclass>(env->NewGlobalRef(bytes));
  env->DeleteLocalRef(exception);
  env->DeleteLocalRef(bytes);
  return exception_class != nullptr && bytes_class != nullptr;
}

void unload(JNIEnv* env) {
  env->DeleteWeakGlobalRef(exception_class);
  env->DeleteGlobalRef(bytes_class);
}

}  // namespace hlid_java

extern "C" JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM* vm, void*) {
  JNIEnv* env = nullptr;
  if (vm->GetEnv(reinterpret_cast<void**>(&env), JNI_VERSION_1_6) != JNI_OK) return JNI_ERR;
  return hlid_java::load(env) ? JNI_VERSION_1_6 : JNI_ERR;
}

// Called when the class loader that loaded us has been collected.
extern "C" JNIEXPORT void JNICALL JNI_OnUnload(JavaVM* vm, void*) {
  JNIEnv* env = nullptr;
  if (vm->GetEnv(reinterpret_cast<void**>(&env), JNI_VERSION_1_6) == JNI_OK) hlid_java::unload(env);
}
