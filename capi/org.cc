// hlid_org_*: JSON in, JSON out.
#include "headlessid/org.h"

#include <string>
#include <utility>

#include "capi/handles.h"
#ifdef HLID_HAS_ORG
#include "org/doctor.h"
#include "org/lint.h"
#include "org/request.h"
#endif

struct hlid_text {
  std::string text;
};

namespace {

#ifdef HLID_HAS_ORG
using hlid::org::doctor_request;
using hlid::org::explain_request;
using hlid::org::generate_request;
using hlid::org::lint_json;
#else
hlid::Result<std::string> lint_json(std::string_view) {
  return hlid::Error::state("no_org_part", "this library was built without the org's side: build it with HLID_ORG=ON");
}
constexpr auto* doctor_request = lint_json;
constexpr auto* explain_request = lint_json;
constexpr auto* generate_request = lint_json;
#endif

hlid_status call(hlid::Result<std::string> (*what)(std::string_view), hlid_view request, hlid_text** out, hlid_error** err) {
  if (request.data == nullptr || !hlid::is_sound(request)) return hlid::fail_null(err, "request");
  if (out == nullptr) return hlid::fail_null(err, "out");
  auto text = what(hlid::text_of(request));
  if (!text) return hlid::fail(err, std::move(text).error());
  *out = new hlid_text{std::move(*text)};
  return HLID_OK;
}

}  // namespace

hlid_view hlid_text_get(const hlid_text* text) { return text == nullptr ? hlid_view{nullptr, 0} : hlid::view_of(text->text); }

void hlid_text_free(hlid_text* text) { delete text; }

int32_t hlid_has_org(void) {
#ifdef HLID_HAS_ORG
  return 1;
#else
  return 0;
#endif
}

hlid_status hlid_org_lint(hlid_view request, hlid_text** out, hlid_error** err) { return call(lint_json, request, out, err); }
hlid_status hlid_org_generate(hlid_view request, hlid_text** out, hlid_error** err) {
  return call(generate_request, request, out, err);
}
hlid_status hlid_org_explain(hlid_view request, hlid_text** out, hlid_error** err) {
  return call(explain_request, request, out, err);
}
hlid_status hlid_org_doctor(hlid_view request, hlid_text** out, hlid_error** err) {
  return call(doctor_request, request, out, err);
}
