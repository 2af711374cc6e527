// state.h: everything that the simulated org remembers and that a reset forgets. Each part guards itself with a lock of
// its own, and does nothing slow under it.
#pragma once

#include <string>

#include "simulator/approval.h"
#include "simulator/auth_session.h"
#include "simulator/cart.h"
#include "simulator/clock.h"
#include "simulator/device.h"
#include "simulator/directory.h"
#include "simulator/oauth1.h"
#include "simulator/one_time.h"
#include "simulator/outbox.h"
#include "simulator/simulator.h"
#include "simulator/tokens.h"
#include "simulator/verifications.h"
#include "simulator/watch.h"

namespace hlid_sim {

struct State {
  explicit State(const Options& options)
      : clock(options.now_ms), directory(options, clock), tokens(clock, directory), outbox(options.outbox_file) {}

  Clock clock;
  Directory directory;
  Tokens tokens;
  Watch watch;
  Outbox outbox;
  Verifications verifications;
  PasswordResets password_resets;
  OneTime<AuthSession> auth_sessions;  // by auth_session
  OneTime<Approval> approvals;         // by the ticket of the approval page
  OneTime<std::string> doors;          // what a frontdoor_uri opens
  Carts carts;
  DeviceCodes device_codes;
  OAuth1Tokens oauth1;
};

}  // namespace hlid_sim
