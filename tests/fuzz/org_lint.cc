// The linter: any file, under the name of the type that its text names or else the first byte chooses, next to an ignore file
// of the same text. The byte chooses the rest of the request, too.
#include "org/lint.h"

#include "base/text.h"
#include "org/ignore.h"
#include "org/rules/rules.h"
#include "tests/fuzz/fuzz.h"

using namespace hlid;
using namespace hlid::org;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto types = all_types();
  const TypeSpec* named = types[data[0] % types.size()];
  for (const TypeSpec* one : types) {
    if (text.find("<" + std::string(one->name)) != std::string::npos) named = one;
  }
  const TypeSpec& type = *named;
  const std::string member = *type.member != '\0' ? type.member : "Shop";
  const std::string name = *type.suffix != '\0' ? member + "." + type.suffix + "-meta.xml" : "package.xml";
  LintRequest request;
  request.files.push_back({std::string(type.folder) + "/" + name, text});
  request.files.push_back({".gitignore", text});
  request.files.push_back({"extlClntAppOauthSettings/Shop.ecaOauth-meta.xml",
                           "<ExtlClntAppOauthSettings><commaSeparatedOauthScopes>Api</commaSeparatedOauthScopes>"
                           "<externalClientApplication>Shop</externalClientApplication></ExtlClntAppOauthSettings>"});
  request.api_version = data[0] % 2 == 0 ? 0 : 60;
  request.circumstances.client = data[0] % 3 == 0   ? Circumstances::Client::of_public
                                 : data[0] % 3 == 1 ? Circumstances::Client::of_private
                                                    : Circumstances::Client::unknown;
  const Lint out = *lint(request);  // no app or site is asked for
  for (const Finding& finding : out.findings) {
    MUST(!finding.message.empty() && !finding.change.empty() && finding.line >= 0);
    MUST(is_valid_utf8(finding.message) && !has_control(finding.message));
    MUST(is_valid_utf8(finding.change) && !has_control(finding.change));
    MUST(finding.id == finding.setting || find_rule(finding.id) != nullptr);
  }
  for (const AppVerdict& app : out.apps) {
    for (const FlowVerdict& flow : app.flows) {
      for (const size_t index : flow.findings) MUST(index < out.findings.size());
      MUST(flow.works != Works::unknown || !flow.not_in_files.empty());
    }
  }
  return 0;
}
