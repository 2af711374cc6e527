#include "flows/parts/token_exchange.h"

#include "base/text.h"
#include "flows/parts/code.h"

namespace hlid {

Result<void> fill_token_exchange(Context& flow, std::string_view grant_type) {
  FormWriter form = form_of(flow);
  form.add("grant_type", grant_type);
  form.add_secret("subject_token", *flow.parameter("subject_token"));
  form.add("subject_token_type", join({"urn:ietf:params:oauth:token-type:", *flow.parameter("subject_token_type")}));
  add_scope(flow, form);
  if (const auto handler = flow.parameter("token_handler")) form.add("token_handler", *handler);
  return {};
}

}  // namespace hlid
