// own_host.h: which requests the simulated org accepts. It listens on the loopback address, yet every page in a browser on this
// machine can reach that: under a name of its own that it points here (DNS rebinding), or with a request that needs no
// preflight. So a request must name the org's own host and port, and a page that calls /__sim/ must be the org's own.
#pragma once

#include <optional>
#include <string>

#include "simulator/wire.h"

namespace hlid_sim {

class OwnHost {
 public:
  // `public_origin`: where a proxy in front is reached; may be empty.
  OwnHost(int port, bool tls, std::string public_origin);

  // The response to a request that is not for this org; absent where it is.
  std::optional<Response> refusal(const Request& request) const;

 private:
  bool is_own(std::string_view authority) const;
  bool is_own_origin(std::string_view origin) const;

  const std::string scheme_;
  const std::string port_;
  const bool default_port_;
  const std::string public_origin_;
};

}  // namespace hlid_sim
