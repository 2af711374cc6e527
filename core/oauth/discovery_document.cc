#include "oauth/discovery_document.h"

#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/text.h"
#include "oauth/address.h"

namespace hlid {
namespace {

// Words of visible ASCII: nothing that a list separated by spaces could not hold.
std::string words_of(const JsonValue& list) {
  std::string all;
  for (const JsonValue& item : list.items()) {
    const auto word = item.as_text();
    if (!word || word->empty() || !is_visible_ascii(*word)) continue;
    if (!all.empty()) all += ' ';
    all += *word;
  }
  return all;
}

}  // namespace

Result<void> read_discovery_document(const JsonValue& root, const App& app, FlowResult& result) {
  const auto issuer = root.text("issuer");
  if (!issuer || issuer->empty())
    return Error::protocol("bad_response", "the discovery document names no issuer").http_status(200);
  if (!is_site_issuer(app, *issuer)) {
    return Error::protocol("another_issuer",
                           join({"the discovery document is of another issuer: ", escape_for_display(*issuer, kMaxServerText)}))
        .advise(Advice::fix_org)
        .hint("`site` must be the issuer's own address with its path, and nothing in between may respond in its place")
        .http_status(200);
  }
  result.set("issuer", *issuer);
  std::string foreign;
  for (const char* name : kDiscoveryEndpoints) {
    const auto address = root.text(name);
    if (!address || address->empty()) continue;
    if (is_site_address(app, *address)) {
      result.set(name, *address);
      continue;
    }
    if (!foreign.empty()) foreign += ' ';
    foreign += name;
  }
  if (!foreign.empty()) result.set("foreign_endpoints", foreign);
  for (const char* name : kDiscoveryLists) {
    if (const auto list = root.find(name)) result.set_if(name, words_of(*list));
  }
  const auto front = root.find("frontchannel_logout_supported");
  if (const auto truth = front ? front->as_boolean() : std::nullopt)
    result.set("frontchannel_logout_supported", *truth ? "true" : "false");
  return {};
}

}  // namespace hlid
