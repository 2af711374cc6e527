// hlid_app: the settings struct, by hand or by name, into the core's named values.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "base/text.h"
#include "capi/handles.h"
#include "oauth/typed_text.h"

namespace {

using hlid::Error;
using hlid::NamedValue;

enum class Member { text, number, flag };

// Where the core's setting lives in the C struct. One row a setting; a test compares it with the core's.
struct Place {
  std::string_view name;
  Member member;
  size_t offset;  // of the field, or the flag's bit

  [[nodiscard]] constexpr size_t end() const { return offset + (member == Member::text ? sizeof(hlid_view) : sizeof(int64_t)); }
};

#define TEXT(field) {#field, Member::text, offsetof(hlid_app_settings, field)}
#define NUMBER(field) {#field, Member::number, offsetof(hlid_app_settings, field)}
#define FLAG(name, bit) {name, Member::flag, bit}
constexpr Place kPlaces[] = {
    TEXT(site),
    TEXT(client_id),
    TEXT(redirect_uri),
    TEXT(scope),
    TEXT(client_secret),
    TEXT(token_endpoint_auth_method),
    TEXT(credentials_placement),
    TEXT(basic_alphabet),
    TEXT(token_host),
    TEXT(uvid_placement),
    TEXT(uvid_prefix),
    TEXT(extra_headers),
    TEXT(extra_parameters),
    TEXT(user_agent),
    TEXT(jwks),
    TEXT(jwks_path),
    NUMBER(timeout_ms),
    TEXT(http_version),
    TEXT(proxy),
    TEXT(ca_file),
    NUMBER(max_connections),
    TEXT(attestation_key),
    TEXT(attestation_signer),
    TEXT(attestation_audience),
    TEXT(attestation_subject),
    NUMBER(attestation_lifetime_s),
    TEXT(seal_keys),
    NUMBER(seal_lifetime_s),
    TEXT(integration_client_id),
    TEXT(integration_client_secret),
    TEXT(integration_key),
    TEXT(integration_username),
    TEXT(integration_site),
    TEXT(integration_audience),
    FLAG("allow_http_loopback", HLID_APP_ALLOW_HTTP_LOOPBACK),
    FLAG("send_code_challenge_method", HLID_APP_SEND_CODE_CHALLENGE_METHOD),
    FLAG("verify_jwt", HLID_APP_VERIFY_JWT),
    FLAG("proxy_from_environment", HLID_APP_PROXY_FROM_ENVIRONMENT),
    FLAG("first_party_redirect_uri", HLID_APP_FIRST_PARTY_REDIRECT_URI),
    FLAG("first_party_response_type", HLID_APP_FIRST_PARTY_RESPONSE_TYPE),
};
constexpr uint64_t kKnownFlags = HLID_APP_ALLOW_HTTP_LOOPBACK | HLID_APP_SEND_CODE_CHALLENGE_METHOD | HLID_APP_VERIFY_JWT |
                                 HLID_APP_PROXY_FROM_ENVIRONMENT | HLID_APP_FIRST_PARTY_REDIRECT_URI |
                                 HLID_APP_FIRST_PARTY_RESPONSE_TYPE;
// Every struct has what is required; a field that lies beyond a host's smaller struct is absent.
constexpr size_t kSmallest = offsetof(hlid_app_settings, scope);
constexpr size_t kLargest = 4096;

template <typename T>
T read_at(const hlid_app_settings& settings, size_t offset) {
  T value;
  std::memcpy(&value, reinterpret_cast<const char*>(&settings) + offset, sizeof value);
  return value;
}

template <typename T>
void write_at(hlid_app_settings& settings, size_t offset, T value) {
  std::memcpy(reinterpret_cast<char*>(&settings) + offset, &value, sizeof value);
}

const Place* find_place(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kPlaces), std::end(kPlaces), [&](const Place& place) { return place.name == name; });
  return found == std::end(kPlaces) ? nullptr : found;
}

// A larger struct is a newer host's. It works as long as it asks for nothing that we do not know.
bool has_unknown_tail(const hlid_app_settings* settings) {
  const auto* bytes = reinterpret_cast<const char*>(settings);
  return std::any_of(bytes + sizeof(hlid_app_settings), bytes + settings->struct_size, [](char byte) { return byte != 0; });
}

}  // namespace

void hlid_app_settings_init(hlid_app_settings* settings, size_t struct_size) {
  if (settings == nullptr || struct_size < sizeof(size_t) || struct_size > kLargest) return;
  std::memset(settings, 0, struct_size);
  settings->struct_size = struct_size;
}

hlid_status hlid_app_settings_set(hlid_app_settings* settings, hlid_view name, hlid_view value, hlid_error** err) {
  if (settings == nullptr) return hlid::fail_null(err, "settings");
  if (!hlid::is_sound(name)) return hlid::fail_null(err, "name");
  if (!hlid::is_sound(value)) return hlid::fail_null(err, "value");
  const std::string_view text = hlid::text_of(value);
  const Place* place = find_place(hlid::text_of(name));
  if (place == nullptr)
    return hlid::fail(err, hlid::unknown_name(hlid::text_of(name), text, hlid::app_settings(), "is no setting of an app"));
  if (place->member != Member::flag && place->end() > settings->struct_size) {
    return hlid::fail(err, Error::argument(place->name, "lies beyond struct_size"));
  }
  if (value.data == nullptr) return HLID_OK;  // absent stays absent
  switch (place->member) {
    case Member::text: write_at(*settings, place->offset, value); return HLID_OK;
    case Member::number: {
      const auto number = hlid::read_decimal(text);
      if (!number || *number == 0) {
        const std::string wrapping = hlid::wrapping_of(text);
        return hlid::fail(
            err, Error::argument(place->name,
                                 wrapping.empty() ? "is no number above 0" : hlid::join({"is not the value alone: ", wrapping})));
      }
      write_at(*settings, place->offset, *number);
      return HLID_OK;
    }
    case Member::flag:
      if (text != "true" && text != "false") return hlid::fail(err, Error::argument(place->name, "is neither true nor false"));
      settings->flags =
          text == "true" ? settings->flags | place->offset : settings->flags & ~static_cast<uint64_t>(place->offset);
      return HLID_OK;
  }
  return HLID_OK;
}

hlid_status hlid_app_new(const hlid_app_settings* settings, hlid_app** out, hlid_error** err) {
  if (settings == nullptr) return hlid::fail_null(err, "settings");
  if (out == nullptr) return hlid::fail_null(err, "out");
  const size_t size = settings->struct_size;
  if (size < kSmallest || size > kLargest || size % alignof(hlid_app_settings) != 0) {
    return hlid::fail(err, Error::argument("struct_size", "is no size of hlid_app_settings; was hlid_app_settings_init called?"));
  }
  if (size > sizeof(hlid_app_settings) && has_unknown_tail(settings)) {
    return hlid::fail(
        err, Error::argument("struct_size",
                             "is larger than this library's, and the rest is not zero: the library is older than the header"));
  }
  if ((settings->flags & ~kKnownFlags) != 0)
    return hlid::fail(err, Error::argument("flags", "has a bit that this library does not know"));
  std::vector<NamedValue> values;
  std::array<std::string, std::size(kPlaces)> numbers;
  for (size_t i = 0; i < std::size(kPlaces); ++i) {
    const Place& place = kPlaces[i];
    if (place.member == Member::flag) {
      if ((settings->flags & place.offset) != 0) values.push_back({place.name, "true"});
    } else if (place.end() > size) {
      continue;
    } else if (place.member == Member::number) {
      const auto number = read_at<int64_t>(*settings, place.offset);
      if (number == 0) continue;
      numbers[i] = std::to_string(number);
      values.push_back({place.name, numbers[i]});
    } else {
      const auto view = read_at<hlid_view>(*settings, place.offset);
      if (!hlid::is_sound(view)) return hlid::fail_null(err, std::string(place.name).c_str());
      if (view.data != nullptr) values.push_back({place.name, hlid::text_of(view)});
    }
  }
  auto app = hlid::App::create(values);
  if (!app) return hlid::fail(err, std::move(app).error());
  *out = new hlid_app{std::move(*app)};
  return HLID_OK;
}

void hlid_app_free(hlid_app* app) { delete app; }
