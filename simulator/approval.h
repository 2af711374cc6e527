// approval.h: a person who has signed in, and is asked whether the app may have what it asks for.
#pragma once

#include <string>

namespace hlid_sim {

struct Approval {
  bool at_org = false;
  std::string query;  // the app's request, which is checked again
  std::string experience_id;
  std::string username;
};

}  // namespace hlid_sim
