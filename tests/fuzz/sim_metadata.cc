// The simulated org's reader of Metadata files: any file next to a whole app. It becomes options of the org, or is refused in
// words. The first byte chooses the folder.
#include <stdexcept>

#include "simulator/metadata.h"
#include "simulator/options.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  constexpr const char* kPaths[] = {"networks/shop.network-meta.xml",
                                    "connectedApps/Old.connectedApp-meta.xml",
                                    "extlClntAppGlobalOauthSets/a.ecaGlblOauth-meta.xml",
                                    "extlClntAppOauthPolicies/c.ecaOauthPlcy-meta.xml",
                                    "settings/OauthOidc.settings-meta.xml",
                                    "externalClientApps/Shop.eca"};
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::vector<hlid_sim::MetadataFile> files = {
      {kPaths[data[0] % std::size(kPaths)], text},
      {"extlClntAppOauthSettings/b.ecaOauth-meta.xml",
       "<ExtlClntAppOauthSettings><commaSeparatedOauthScopes>Api</commaSeparatedOauthScopes>"
       "<externalClientApplication>Shop</externalClientApplication></ExtlClntAppOauthSettings>"}};
  static const hlid_sim::Options kDefault = hlid_sim::default_options();
  hlid_sim::Options options = kDefault;
  try {
    hlid_sim::apply_metadata(options, files);
  } catch (const std::runtime_error& error) {
    MUST(std::string_view(error.what()).size() < 2 * size + 400);
    return 0;
  }
  MUST(!options.apps.empty());
  for (const hlid_sim::App& app : options.apps) {
    MUST(!app.client_id.empty());
    // A person sees it as JSON, which throws for what is not UTF-8.
    MUST(!hlid_sim::app_to_json(app).dump().empty());
  }
  return 0;
}
