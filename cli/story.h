// story.h: how the demos tell: paragraphs, what went over the wire, and an app of the story that runs flows.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "cli/flow_command.h"

namespace hlid_cli {

using Values = std::map<std::string, std::string>;

void say(const std::string& text);
void paragraph(const std::string& text);
void conclude(const std::string& text);
void chapter(const std::string& title);
// An exchange, set in from the story. Headers that every request has are left out.
void show_exchange(std::string_view trace);
std::string time_of(const std::string& ms);

// The app of the story: one client of the library, as a web shop's server, a phone or a gateway would hold it.
class StoryApp {
 public:
  explicit StoryApp(const Values& settings);

  // The result's fields, or throws LibraryError with what the flow failed with. Shows the exchange.
  Values run(const char* flow_name, const Values& parameters) const;
  // Runs until the flow asks for the one-time password, and returns it sealed.
  std::string begin(const char* flow_name, const Values& parameters, std::string_view session) const;
  // From the ticket to the end.
  Values finish(std::string_view ticket, std::string_view session, std::string_view otp) const;

 private:
  FlowHandle make_flow(const char* flow_name, const Values& parameters) const;
  hlid_step drive(hlid_flow* flow) const;

  AppHandle app_;
  ClientHandle client_;
};

}  // namespace hlid_cli
