// server.h: HTTP/1.1 on 127.0.0.1, plain or over TLS.
#pragma once

#include <functional>
#include <memory>

#include "simulator/certificates.h"
#include "simulator/routes.h"
#include "simulator/wire.h"

namespace hlid_sim {

class Server {
 public:
  using Handler = std::function<Routed(const Request&)>;

  // Binds the port (0: any free one), so that it is known before the first request; `certificates` null: plain.
  Server(int port, const Certificates* certificates);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  void serve(Handler handler);
  void stop();  // safe twice; returns when the last request has ended (one at a time: see Simulator::stop)

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace hlid_sim
