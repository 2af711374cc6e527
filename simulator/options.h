// options.h: the options as JSON, both ways.
#pragma once

#include "simulator/simulator.h"

namespace hlid_sim {

enum class PatchScope { before_start, running };

// Changes options by a JSON object; throws std::runtime_error for an unknown name or a wrong type. While the org
// runs, what was decided at its start (port, tls, ...) cannot be patched.
void apply_patch(Options& options, const nlohmann::json& patch, PatchScope scope);

// Makes up what was left empty: the email, the user's id.
void complete(User& user);

nlohmann::json settings_to_json(const Settings& settings);
nlohmann::json app_to_json(const App& app);     // without the secret
nlohmann::json user_to_json(const User& user);  // without the password

}  // namespace hlid_sim
