// demo_asset_token.h: `headlessid demo --asset-token`: a device gets a token of its own, and proves that it is the device.
#pragma once

#include "simulator/simulator.h"

namespace hlid_cli {

// Whether the story ends as it should.
bool tell_asset_token(hlid_sim::Simulator& simulator);

}  // namespace hlid_cli
